import { AppError } from '../../lib/errors.ts';

/** Error numbers of ClickHouse (src/Common/ErrorCodes.cpp) that are answers rather than failures. */
const tooExpensive = new Set([158, 159, 160, 191, 241, 290, 307, 396, 473]);
const diskFull = new Set([243, 75]);
const cancelled = 394;

export const memoryLimitExceeded = 241;

/** Errors that the content of a document causes, so that trying again cannot help: parsing, conversion, sizes, depth. */
const aboutData = new Set([6, 26, 27, 32, 33, 38, 41, 43, 44, 49, 53, 69, 70, 72, 117, 128, 131, 190, 306, 321, 349, 407, 441]);

export const isAboutData = (error: unknown): boolean => aboutData.has(engineErrorNumber((error as Error).cause ?? error));

/** Errors that the text of a statement causes: names, types, numbers of arguments, syntax, depth. */
const aboutStatement = new Set([
  10, 15, 16, 20, 24, 35, 36, 42, 46, 47, 48, 50, 62, 63, 80, 125, 130, 153, 167, 168, 170, 179, 181, 182, 184, 207, 215, 258, 352, 386,
  403, 408, 427,
]);

/** Whether whoever wrote the statement can help it. */
export function isMistake(error: unknown): boolean {
  const number = engineErrorNumber((error as Error).cause ?? error);
  return aboutStatement.has(number) || aboutData.has(number);
}

/** Number of the error, or 0 when the text has none. */
export function engineErrorNumber(error: unknown): number {
  return Number(/Code: (\d+)\./.exec((error as Error).message)?.[1] ?? 0);
}

/** The engine's own sentence, without its stack of inner frames and without the text of the statement. */
function reason(message: string): string {
  const text = message.replace(/^.*?DB::Exception: /s, '').replace(/: (While|In scope|while) .*$/s, '');
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { message } = error as Error;
  const number = engineErrorNumber(error);
  if (/No space left|Disk quota exceeded|ENOSPC/i.test(message) || (diskFull.has(number) && /space/i.test(message))) {
    return new AppError('disk_full', `the disk of the store is full: ${reason(message)}`, { cause: error });
  }
  if (tooExpensive.has(number))
    return new AppError('query_too_expensive', `the query went over a limit: ${reason(message)}`, { cause: error });
  if (number === cancelled) return new AppError('query_too_expensive', 'the query was cancelled', { cause: error });
  return new AppError('store_failed', `the engine answered: ${reason(message)}`, { cause: error });
}
