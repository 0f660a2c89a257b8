import type { Trace, TraceLimits } from '../model/trace.ts';
import type { DuePage, DueRequest } from '../queries/traces/due-traces.ts';
import type { TraceAddress } from '../queries/traces/read-trace.ts';

/** What exporters need of the rest. */
export interface ExportPorts {
  dueTraces(request: DueRequest): Promise<DuePage>;
  /** Traces as they are in the store now, with the states they had at `nowMillis`. */
  readTraces(addresses: readonly TraceAddress[], limits: TraceLimits, nowMillis: number): Promise<readonly Trace[]>;
  /** Everything that came in before this time (milliseconds since the epoch) is in the store. */
  loadedUntilMillis(): number;
  /** Where the console exporter prints; resolves when the reader has kept up. */
  write(text: string): Promise<void>;
  /** Ports on which this process itself receives: traces MUST NOT be sent to them. */
  ownPorts(): readonly number[];
  /** One line for the operator. */
  log(line: string): void;
}
