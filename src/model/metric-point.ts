/**
 * One data point of a metric, in OpenTelemetry's data model (opentelemetry-proto, metrics/v1). Texts are empty when unknown; times are
 * decimal nanoseconds since the epoch, as text; numbers are text too, because integers have 64 bits.
 */
export type MetricPoint = Readonly<{
  name: string;
  description: string;
  unit: string;
  type: 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';
  temporality: '' | 'delta' | 'cumulative';
  monotonic: boolean;
  startNanos: string;
  timeNanos: string;
  service: string;
  /** The value of a gauge or sum: decimal, `NaN`, `inf` or `-inf`; else empty. */
  value: string;
  /** Whether `value` was sent as an integer. */
  isInteger: boolean;
  /** Of histograms and summaries; else empty. */
  count: string;
  sum: string;
  min: string;
  max: string;
  /** JSON object of what else the point has: `bucketCounts`, `explicitBounds`, `scale`, `zeroCount`, `positive`, `negative`, `quantileValues`, `exemplars`, `flags`; or empty. */
  details: string;
  /** JSON object of the point's attributes, or empty. */
  attributes: string;
  resource: string;
  scope: string;
}>;

export type MetricBatch = Readonly<{ source: string; points: readonly MetricPoint[] }>;

/** As `IngestSpans`. */
export type IngestMetrics = (batch: MetricBatch) => Promise<void>;
