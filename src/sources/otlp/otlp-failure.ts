import { AppError, type ErrorCode } from '../../lib/errors.ts';
import { WireWriter } from '../../lib/protobuf/wire-writer.ts';

/** The codes of gRPC that are used here (google.rpc.Code). */
export const grpcCode = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** A failure in OTLP's terms. A sender MUST try again when `retrySeconds` is set, and must not otherwise. */
export type OtlpFailure = Readonly<{ httpStatus: number; grpcCode: number; message: string; retrySeconds: number | undefined }>;

/** How long a sender should wait; what is not here cannot succeed later. */
const waits: Partial<Record<ErrorCode, number>> = { journal_full: 2, too_busy: 1, disk_full: 30, shutting_down: 5, store_failed: 5 };

const codes: Partial<Record<ErrorCode, number>> = {
  bad_request: grpcCode.invalidArgument,
  unsupported: grpcCode.invalidArgument,
  too_large: grpcCode.resourceExhausted,
  unauthorized: grpcCode.unauthenticated,
  forbidden: grpcCode.permissionDenied,
  not_found: grpcCode.notFound,
};

/** 500 says in OTLP that the data is to be dropped, so what may be tried again is 429 or 503. */
export function describeFailure(error: unknown): OtlpFailure {
  if (!(error instanceof AppError)) {
    return {
      httpStatus: 500,
      grpcCode: grpcCode.internal,
      message: 'an unexpected error; the log of the server has it',
      retrySeconds: undefined,
    };
  }
  const retrySeconds = waits[error.code];
  return {
    httpStatus: retrySeconds !== undefined && error.status !== 429 ? 503 : error.status,
    grpcCode: retrySeconds !== undefined ? grpcCode.unavailable : (codes[error.code] ?? grpcCode.internal),
    message: error.message,
    retrySeconds,
  };
}

const typeUrl = (name: string) => `type.googleapis.com/google.rpc.${name}`;

/** `google.rpc.Status` with a `RetryInfo` or a `BadRequest` in its details (google/rpc/status.proto, error_details.proto). */
export function failureBytes({ grpcCode: code, message, retrySeconds }: OtlpFailure): Buffer {
  const writer = new WireWriter();
  writer.uint32(1, code);
  writer.text(2, message);
  if (retrySeconds !== undefined) {
    writer.message(3, (any) => {
      any.text(1, typeUrl('RetryInfo'));
      any.message(2, (info) => info.message(1, (duration) => duration.uint32(1, retrySeconds)));
    });
  } else if (code === grpcCode.invalidArgument) {
    writer.message(3, (any) => {
      any.text(1, typeUrl('BadRequest'));
      any.message(2, (badRequest) => badRequest.message(1, (violation) => violation.text(2, message)));
    });
  }
  return writer.finish();
}

/** The same in protobuf's JSON encoding. */
export function failureJson({ grpcCode: code, message, retrySeconds }: OtlpFailure): string {
  const details =
    retrySeconds !== undefined
      ? [{ '@type': typeUrl('RetryInfo'), retryDelay: `${retrySeconds}s` }]
      : code === grpcCode.invalidArgument
        ? [{ '@type': typeUrl('BadRequest'), fieldViolations: [{ description: message }] }]
        : [];
  return JSON.stringify({ code, message, details });
}
