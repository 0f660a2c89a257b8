import type { Attributes } from './open-telemetry.ts';
import { attributeList, unixNanos } from './otlp-json.ts';
import { remembered } from './remembered.ts';

/**
 * Bucket boundaries in seconds: from 0.01 on those of OpenTelemetry's MCP metrics, and the same steps below, because local tools answer in
 * less than a millisecond.
 */
export const durationBuckets: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];

/** Sets of attributes of one histogram; further ones share one, as in OpenTelemetry's SDK. */
const maxSets = 500;

type Point = { readonly attributes: Attributes; count: number; sum: number; min: number; max: number; readonly buckets: number[] };
/** Bytes, the last of each method. */
type Gauge = { readonly description: string; readonly points: Map<string, Readonly<{ attributes: Attributes; value: number }>> };
/** What goes up and down, such as calls that are open. */
type Level = { readonly description: string; readonly attributes: Attributes; value: number };
type Histogram = { readonly description: string; readonly points: Map<string, Point> };

/** Cumulative histograms of durations in seconds, gauges of bytes, and levels of calls, for a program without a metrics SDK of its own. */
export class Metrics {
  private readonly histograms = new Map<string, Histogram>();
  private readonly gauges = new Map<string, Gauge>();
  private readonly levels = new Map<string, Level>();
  private readonly startNanos: string = unixNanos(Date.now());

  record(name: string, description: string, seconds: number, attributes: Attributes): void {
    const histogram = remembered(this.histograms, name, () => ({ description, points: new Map() }));
    const point = pointOf(histogram.points, attributes);
    let index = 0;
    while (index < durationBuckets.length && seconds > (durationBuckets[index] ?? 0)) index += 1;
    point.buckets[index] = (point.buckets[index] ?? 0) + 1;
    point.count += 1;
    point.sum += seconds;
    point.min = Math.min(point.min, seconds);
    point.max = Math.max(point.max, seconds);
  }

  /** Attributes MUST come from a small set. */
  set(name: string, description: string, value: number, attributes: Attributes): void {
    const gauge = remembered(this.gauges, name, () => ({ description, points: new Map() }));
    gauge.points.set(JSON.stringify(attributes), { attributes, value });
  }

  add(name: string, description: string, change: number, attributes: Attributes): void {
    remembered(this.levels, name, () => ({ description, attributes, value: 0 })).value += change;
  }

  /** A level is above zero: it has to be said again and again, because who is silent is taken for gone. */
  get isOpen(): boolean {
    return [...this.levels.values()].some(({ value }) => value > 0);
  }

  /** Members of OTLP/JSON's `metrics`, or undefined before the first value. */
  toOtlp(): string | undefined {
    if (this.histograms.size + this.gauges.size + this.levels.size === 0) return undefined;
    const timeUnixNano = unixNanos(Date.now());
    const gauges = [...this.gauges].map(([name, { description, points }]) =>
      JSON.stringify({
        name,
        description,
        unit: 'By',
        gauge: {
          dataPoints: [...points.values()].map(({ attributes, value }) => ({
            attributes: attributeList(attributes),
            timeUnixNano,
            asInt: String(value),
          })),
        },
      }),
    );
    const levels = [...this.levels].map(([name, { description, attributes, value }]) =>
      JSON.stringify({
        name,
        description,
        unit: '{call}',
        sum: {
          aggregationTemporality: 2,
          isMonotonic: false,
          dataPoints: [
            { attributes: attributeList(attributes), startTimeUnixNano: this.startNanos, timeUnixNano, asInt: String(Math.max(0, value)) },
          ],
        },
      }),
    );
    return [...this.histograms]
      .map(([name, { description, points }]) =>
        JSON.stringify({
          name,
          description,
          unit: 's',
          histogram: {
            // CUMULATIVE: a lost export is made good by the next one.
            aggregationTemporality: 2,
            dataPoints: [...points.values()].map((point) => ({
              attributes: attributeList(point.attributes),
              startTimeUnixNano: this.startNanos,
              timeUnixNano,
              count: String(point.count),
              sum: point.sum,
              min: point.min,
              max: point.max,
              bucketCounts: point.buckets.map(String),
              explicitBounds: durationBuckets,
            })),
          },
        }),
      )
      .concat(gauges, levels)
      .join(',');
  }
}

function pointOf(points: Map<string, Point>, attributes: Attributes): Point {
  const key = JSON.stringify(attributes);
  const known = points.get(key);
  if (known) return known;
  if (points.size >= maxSets && !('otel.metric.overflow' in attributes)) return pointOf(points, { 'otel.metric.overflow': true });
  const buckets = durationBuckets.map(() => 0);
  const point: Point = { attributes, count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: 0, buckets: [...buckets, 0] };
  points.set(key, point);
  return point;
}
