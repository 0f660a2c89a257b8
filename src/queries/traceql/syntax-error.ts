import { AppError } from '../../lib/errors.ts';

const shownLength = 24;

/** A refusal that says where: positions count characters (UTF-16 units) from 1, as editors do. */
export function syntaxError(text: string, at: number, problem: string): AppError {
  const rest = text.slice(at, at + shownLength).replace(/\s+/g, ' ');
  const near = at >= text.length ? 'at the end' : `near ${JSON.stringify(text.length > at + shownLength ? `${rest}…` : rest)}`;
  return new AppError('bad_request', `TraceQL, position ${Math.min(at, text.length) + 1} (${near}): ${problem}.`, {
    details: { position: Math.min(at, text.length) + 1 },
  });
}
