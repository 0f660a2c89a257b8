export type { ContentPolicy } from './call-records.ts';
export { type InstrumentOptions, instrument } from './instrument.ts';
export { currentTrace, meshFetch } from './propagation.ts';
export { deliveryCounts, flush, type TelemetryOptions } from './telemetry.ts';
export { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.ts';
