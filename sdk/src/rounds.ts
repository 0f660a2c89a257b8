import { createHash } from 'node:crypto';
import type { TraceContext } from './trace-context.ts';

/** The earlier rounds of a call that the other side answered with `input_required`. */
export type EarlierRounds = Readonly<{
  count: number;
  /** Unix time of the first request, in milliseconds with fractions. */
  startMillis: number;
  /** From each request to its answer, together. */
  activeMillis: number;
  /** Of it, waiting for a person. */
  humanMillis: number;
  requestBytes: number;
  /** Of the round before. */
  trace: TraceContext;
}>;

const maxOpen = 1000;
const maxAgeMillis = 3_600_000;

/**
 * Joins the rounds of one call by the `requestState` that the next round repeats. Only its hash is kept, because it may hold secrets.
 * It belongs to the process and not to a server object: the second generation makes a server of its own for each HTTP request.
 */
export class Rounds {
  private readonly open = new Map<string, EarlierRounds>();

  put(role: string, requestState: unknown, rounds: EarlierRounds): void {
    if (typeof requestState !== 'string') return;
    const [oldest] = this.open.keys();
    if (this.open.size >= maxOpen && oldest !== undefined) this.open.delete(oldest);
    this.open.set(keyOf(role, requestState), rounds);
  }

  take(role: string, requestState: unknown): EarlierRounds | undefined {
    if (typeof requestState !== 'string') return undefined;
    const key = keyOf(role, requestState);
    const rounds = this.open.get(key);
    this.open.delete(key);
    return rounds && Date.now() - rounds.startMillis < maxAgeMillis ? rounds : undefined;
  }
}

const keyOf = (role: string, requestState: string) => `${role} ${createHash('sha256').update(requestState).digest('base64')}`;
