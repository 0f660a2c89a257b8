import type { JsonObject } from './json/json-value.ts';

/**
 * Every error that meshscope reports, with the HTTP status that fits it and whether sending the same request again can
 * help. `docs/errors.md` is generated from this table. Each protocol maps codes to its own form.
 */
export const errorTable = {
  bad_request: { status: 400, retryable: false, help: 'The request is malformed. The message says what and where.' },
  unsupported: { status: 400, retryable: false, help: 'meshscope cannot honour this request; the message names the part.' },
  unauthorized: { status: 401, retryable: false, help: 'Credentials are missing or wrong.' },
  forbidden: {
    status: 403,
    retryable: false,
    help: 'The request came from a host or origin that is not allowed, or the index is read-only.',
  },
  not_found: { status: 404, retryable: false, help: 'What the request names does not exist.' },
  conflict: { status: 409, retryable: false, help: 'The document exists already, or has changed since it was read.' },
  too_large: {
    status: 413,
    retryable: false,
    help: 'The body or one document is over the limit. Send smaller batches or raise the limit.',
  },
  query_too_expensive: {
    status: 400,
    retryable: false,
    help: 'The query went over its limit of time, memory or rows. Narrow it, or raise the limit.',
  },
  journal_full: { status: 429, retryable: true, help: 'The journal holds as many bytes as it may. Send the same request again later.' },
  too_busy: { status: 429, retryable: true, help: 'Too many request bytes are in flight. Send the same request again later.' },
  disk_full: { status: 429, retryable: true, help: 'The disk is full. Writes resume by themselves when there is room.' },
  shutting_down: { status: 503, retryable: true, help: 'The server is stopping. Send the request again after the restart.' },
  store_failed: { status: 500, retryable: true, help: 'The engine could not run a statement. The message has its reason.' },
  data_in_use: {
    status: 500,
    retryable: false,
    help: 'Another meshscope uses this data folder. Stop it, or name another folder with --data.',
  },
  data_too_new: { status: 500, retryable: false, help: 'A newer meshscope wrote this data folder. Start that version.' },
  port_taken: { status: 500, retryable: false, help: 'Another program listens on the port. Stop it, or choose another port.' },
  bad_config: { status: 500, retryable: false, help: 'A setting has a wrong name or value. The message names it and where it was set.' },
  no_server: {
    status: 503,
    retryable: true,
    help: 'No meshscope answers at the address. Start one with `meshscope up`, or name the address with --url.',
  },
  unsupported_platform: { status: 500, retryable: false, help: 'The embedded engine runs on Linux (x64, arm64, glibc) and macOS only.' },
} as const satisfies Record<string, { status: number; retryable: boolean; help: string }>;

export type ErrorCode = keyof typeof errorTable;

export type ErrorOptions = Readonly<{
  /** Elasticsearch's name for the error, where it has one that does not follow from the code. */
  type?: string;
  /** JSON members that stand beside `type` and `reason` in Elasticsearch's form, for example `index`. */
  details?: JsonObject;
  cause?: unknown;
}>;

/** An error for people and programs: branch on `code`, show `message`, which ends with what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly type: string | undefined;
  readonly details: JsonObject;

  constructor(code: ErrorCode, message: string, { type, details = {}, ...cause }: ErrorOptions = {}) {
    super(message, cause);
    this.name = 'AppError';
    this.code = code;
    this.type = type;
    this.details = details;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}
