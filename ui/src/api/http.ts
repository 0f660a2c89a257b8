import { ask, takeEarly } from './early-answers.ts';

/** What the server answered instead of data, or that it did not answer (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** Errors of the caller stay errors; what was busy, restarting or away may answer the next time. */
export const isWorthRetrying = (error: unknown): boolean => error instanceof ApiError && [0, 429, 502, 503, 504].includes(error.status);

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** GET of JSON. Undefined parameters are left out. Throws ApiError, or AbortError when `signal` says so. */
export const getJson = <Answer>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<Answer> =>
  request<Answer>('GET', withParameters(path, parameters), undefined, signal);

export const postJson = <Answer>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer> =>
  request<Answer>('POST', path, JSON.stringify(body), signal);

export const putJson = <Answer>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer> =>
  request<Answer>('PUT', path, JSON.stringify(body), signal);

export const deleteJson = <Answer>(path: string, signal?: AbortSignal): Promise<Answer> =>
  request<Answer>('DELETE', path, undefined, signal);

export function withParameters(path: string, parameters: Parameters): string {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

async function request<Answer>(method: string, path: string, body: string | undefined, signal: AbortSignal | undefined): Promise<Answer> {
  const question = { method, path, ...(body === undefined ? {} : { body }) };
  const { ok, status, text } = await (takeEarly(question) ?? ask(question, signal)).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'no_answer', 'meshscope does not answer. It may be restarting; this page tries again by itself.');
  });
  if (!ok) throw errorOf(status, text);
  return JSON.parse(text) as Answer;
}

type ErrorBody = Readonly<{
  error?:
    | string
    | Readonly<{ code?: string; type?: string; message?: string; reason?: string; root_cause?: readonly { reason?: string }[] }>;
}>;

/** Errors have our form (`code`, `message`) or Elasticsearch's (`type`, `reason`). */
function errorOf(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    if (typeof error === 'string') return new ApiError(status, String(status), error);
    const message = error?.message ?? error?.root_cause?.[0]?.reason ?? error?.reason ?? `The server answered with ${status}.`;
    return new ApiError(status, error?.code ?? error?.type ?? String(status), message);
  } catch {
    return new ApiError(status, String(status), `The server answered with ${status} and no explanation.`);
  }
}
