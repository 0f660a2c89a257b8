import type { Trace } from '../model/trace.ts';

export type ExportContext = Readonly<{
  /** The trace was due before, with fewer spans: what the target has of it is to be replaced or completed. */
  update: boolean;
  /** Aborted when meshscope stops; what was not done then is done after the next start. */
  signal: AbortSignal;
}>;

/**
 * A target of traces. Each has a queue on disk of its own, so one that fails does not hold up the others.
 */
export interface TraceExporter {
  /**
   * Resolves when the target has the trace. When it rejects, the same trace comes again, after a growing pause, and no other before it;
   * unless the error has `retryable: false`, which means that this trace is refused for good. An error may say `retryAfterMillis`.
   * After a kill the trace in hand may come again, so an exporter SHOULD replace by the trace's id.
   */
  export(trace: Trace, context: ExportContext): Promise<void> | void;
  /** Called once, after the last `export` has settled. */
  close?(): Promise<void> | void;
  /** How many traces may be in hand at the same time; 1 unless told. */
  readonly parallel?: number;
}

/** Why a target did not take a trace. */
export class ExportError extends Error {
  readonly retryable: boolean;
  readonly retryAfterMillis: number | undefined;

  constructor(message: string, how: Readonly<{ retryable: boolean; retryAfterMillis?: number | undefined; cause?: unknown }>) {
    super(message, { cause: how.cause });
    this.name = 'ExportError';
    this.retryable = how.retryable;
    this.retryAfterMillis = how.retryAfterMillis;
  }
}
