import { WireReader } from '../../lib/protobuf/wire-reader.ts';
import type { MetricPoint } from '../../model/metric-point.ts';
import { writeMember } from './any-value.ts';
import { JsonBytes } from './json-bytes.ts';
import { readPoint } from './read-metric-point.ts';
import { readResource, readScope } from './read-resource.ts';
import { Rejections } from './rejections.ts';
import type { Room } from './room.ts';

type Head = Pick<MetricPoint, 'name' | 'description' | 'unit' | 'type' | 'temporality' | 'monotonic'>;
type Metric = { -readonly [Name in keyof Head]: Head[Name] } & { metadata: string };

const temporalities: readonly MetricPoint['temporality'][] = ['', 'delta', 'cumulative'];

/** `Metric.data`, by tag. */
const types: ReadonlyMap<number, MetricPoint['type']> = new Map([
  [0x2a, 'gauge'],
  [0x3a, 'sum'],
  [0x4a, 'histogram'],
  [0x52, 'exponential_histogram'],
  [0x5a, 'summary'],
]);

/**
 * `ExportMetricsServiceRequest` (opentelemetry-proto, metrics/v1) into data points. Throws `bad_request` when the bytes are not such a
 * message, and `too_large`.
 */
export function decodeMetrics(body: Buffer, room: Room): { records: MetricPoint[]; rejections: Rejections } {
  const reader = new WireReader(body);
  const records: MetricPoint[] = [];
  const rejections = new Rejections('data points');
  const end = body.length;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) readResourceMetrics(reader.nested(end));
    else reader.skip(tag, end);
  }
  return { records, rejections };

  function readResourceMetrics(end: number): void {
    const resource = readResource(reader, end);
    const origin = { service: resource.text('service.name'), resource: resource.json };
    while (reader.position < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) readScopeMetrics(reader.nested(end), origin);
      else reader.skip(tag, end);
    }
  }

  function readScopeMetrics(end: number, origin: Pick<MetricPoint, 'service' | 'resource'>): void {
    const whole = { ...origin, scope: readScope(reader, end) };
    while (reader.position < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) readMetric(reader.nested(end), whole);
      else reader.skip(tag, end);
    }
  }

  function readMetric(end: number, origin: Pick<MetricPoint, 'service' | 'resource' | 'scope'>): void {
    const metric: Metric = { name: '', description: '', unit: '', type: 'gauge', temporality: '', monotonic: false, metadata: '' };
    const data = readHead(reader, end, metric);
    if (data === undefined) {
      rejections.warn(`Metric ${JSON.stringify(metric.name.slice(0, 100))} has no data of a kind that is known here.`);
      return;
    }
    readDataHead(reader, data.start, data.end, metric);
    const { metadata, ...head } = metric;
    reader.position = data.start;
    while (reader.position < data.end) {
      const tag = reader.tag(data.end);
      if (tag === 0x0a) {
        const point = { ...head, ...origin, ...readPoint(reader, reader.nested(data.end), metric.type, metadata) };
        room.take(pointLength(point));
        records.push(point);
      } else reader.skip(tag, data.end);
    }
    reader.position = end;
  }
}

const pointLength = (point: MetricPoint) =>
  point.name.length +
  point.description.length +
  point.unit.length +
  point.resource.length +
  point.scope.length +
  point.attributes.length +
  point.details.length;

const metadata = new JsonBytes();

/** Everything but the data points; returns where the data is. */
function readHead(reader: WireReader, end: number, metric: Metric): { start: number; end: number } | undefined {
  let data: { start: number; end: number } | undefined;
  metadata.reset();
  metadata.byte(0x7b);
  while (reader.position < end) {
    const tag = reader.tag(end);
    const type = types.get(tag);
    if (type !== undefined) {
      const stop = reader.nested(end);
      metric.type = type;
      data = { start: reader.position, end: stop };
      reader.position = stop;
    } else if (tag === 0x0a) metric.name = reader.text(end);
    else if (tag === 0x12) metric.description = reader.text(end);
    else if (tag === 0x1a) metric.unit = reader.text(end);
    else if (tag === 0x62) {
      if (metadata.length > 1) metadata.byte(0x2c);
      writeMember(reader, reader.nested(end), metadata);
    } else reader.skip(tag, end);
  }
  metadata.byte(0x7d);
  metric.metadata = metadata.length === 2 ? '' : metadata.text();
  return data;
}

/** `aggregation_temporality` and `is_monotonic`, which may stand behind the points. */
function readDataHead(reader: WireReader, start: number, end: number, metric: Metric): void {
  reader.position = start;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x10) metric.temporality = temporalities[reader.uint32(end)] ?? '';
    else if (tag === 0x18) metric.monotonic = reader.isTrue(end);
    else reader.skip(tag, end);
  }
}
