import type { FastifyBaseLogger } from 'fastify';
import { AppError } from './lib/errors.ts';

/** The same failure is told so often, however often it happens. */
const againMillis = 60_000;
const maxRemembered = 100;

/**
 * The log of requests, of which the operator wants to know one thing: what answers of 500 do not tell. A defect comes with its stack; what has a
 * code of ours is told by its message, and not at all while it passes by itself.
 */
export function createErrorLog(say: (line: string) => void): FastifyBaseLogger {
  const saidAt = new Map<string, number>();
  const tell = (text: string): void => {
    const now = performance.now();
    if (now - (saidAt.get(text) ?? Number.NEGATIVE_INFINITY) < againMillis) return;
    if (saidAt.size >= maxRemembered) saidAt.clear();
    saidAt.set(text, now);
    say(text);
  };
  /** What was stopped because its client had gone away was no failure. */
  const error = (failure: unknown): void => {
    if (failure instanceof AppError) {
      if (failure.code === 'store_failed') tell(`a request failed: ${failure.message}`);
    } else if (failure instanceof Error && failure.name !== 'AbortError')
      tell(`a defect, please report it: ${failure.stack ?? failure.message}`);
  };
  const nothing = () => undefined;
  const log: FastifyBaseLogger = {
    level: 'error',
    error,
    fatal: error,
    warn: nothing,
    info: nothing,
    debug: nothing,
    trace: nothing,
    silent: nothing,
    child: () => log,
  };
  return log;
}
