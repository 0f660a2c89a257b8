import type { WireReader } from '../../lib/protobuf/wire-reader.ts';
import type { MetricPoint } from '../../model/metric-point.ts';
import { writeMember } from './any-value.ts';
import { JsonBytes } from './json-bytes.ts';
import { doubleJson, nanosText, signedText, unsignedText } from './number-text.ts';

export type Point = Pick<
  MetricPoint,
  'startNanos' | 'timeNanos' | 'value' | 'isInteger' | 'count' | 'sum' | 'min' | 'max' | 'details' | 'attributes'
>;

/** What a field of a data point is. The four messages share no numbering but for the two times. */
type Role =
  | 'attribute'
  | 'double'
  | 'integer'
  | 'count'
  | 'sum'
  | 'min'
  | 'max'
  | 'flags'
  | 'exemplar'
  | 'bucketCounts'
  | 'explicitBounds'
  | 'scale'
  | 'zeroCount'
  | 'zeroThreshold'
  | 'positive'
  | 'negative'
  | 'quantile';

const number: ReadonlyMap<number, Role> = new Map([
  [0x3a, 'attribute'],
  [0x21, 'double'],
  [0x31, 'integer'],
  [0x2a, 'exemplar'],
  [0x40, 'flags'],
]);

/** Fields by tag; repeated numbers come packed or one by one. */
const roles: Readonly<Record<MetricPoint['type'], ReadonlyMap<number, Role>>> = {
  gauge: number,
  sum: number,
  histogram: new Map([
    [0x4a, 'attribute'],
    [0x21, 'count'],
    [0x29, 'sum'],
    [0x31, 'bucketCounts'],
    [0x32, 'bucketCounts'],
    [0x39, 'explicitBounds'],
    [0x3a, 'explicitBounds'],
    [0x42, 'exemplar'],
    [0x50, 'flags'],
    [0x59, 'min'],
    [0x61, 'max'],
  ]),
  exponential_histogram: new Map([
    [0x0a, 'attribute'],
    [0x21, 'count'],
    [0x29, 'sum'],
    [0x30, 'scale'],
    [0x39, 'zeroCount'],
    [0x42, 'positive'],
    [0x4a, 'negative'],
    [0x50, 'flags'],
    [0x5a, 'exemplar'],
    [0x61, 'min'],
    [0x69, 'max'],
    [0x71, 'zeroThreshold'],
  ]),
  summary: new Map([
    [0x3a, 'attribute'],
    [0x21, 'count'],
    [0x29, 'sum'],
    [0x32, 'quantile'],
    [0x40, 'flags'],
  ]),
};

const attributes = new JsonBytes();
const inner = new JsonBytes();

/** ClickHouse's and our spelling of what JSON has no number for. */
const decimal = (value: number) =>
  Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf';

function fixed64Text(reader: WireReader, end: number): string {
  reader.fixed64(end);
  return unsignedText(reader.high, reader.low);
}

/** A data point between the reader's position and `end`. `metadata` is the metric's, as a JSON object or empty. */
export function readPoint(reader: WireReader, end: number, type: MetricPoint['type'], metadata: string): Point {
  // proto3 leaves a zero out; where 'not sent' is another thing than zero, the field is optional.
  const count = type === 'gauge' || type === 'sum' ? '' : '0';
  const point = { startNanos: '', timeNanos: '', value: '', isInteger: false, count, sum: type === 'summary' ? '0' : '', min: '', max: '' };
  const details: Record<string, string> = {};
  const lists: Record<string, string[]> = {};
  const fields = roles[type];
  attributes.reset();
  attributes.byte(0x7b);
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x11 || tag === 0x19) {
      reader.fixed64(end);
      point[tag === 0x11 ? 'startNanos' : 'timeNanos'] = nanosText(reader.high, reader.low);
    } else {
      const role = fields.get(tag);
      if (role === undefined) reader.skip(tag, end);
      else if (!readValue(reader, role, end, point)) readDetail(reader, role, tag, end, details, lists);
    }
  }
  for (const [name, items] of Object.entries(lists)) details[name] = `[${items.join(',')}]`;
  if (metadata !== '') details.metadata = metadata;
  const members = Object.entries(details).map(([name, json]) => `"${name}":${json}`);
  attributes.byte(0x7d);
  return {
    ...point,
    details: members.length === 0 ? '' : `{${members.join(',')}}`,
    attributes: attributes.length === 2 ? '' : attributes.text(),
  };
}

type Values = { -readonly [Name in keyof Omit<Point, 'details' | 'attributes'>]: Point[Name] };

/** What has a column. False when it has none. */
function readValue(reader: WireReader, role: Role, end: number, point: Values): boolean {
  if (role === 'attribute') {
    const stop = reader.nested(end);
    if (attributes.length > 1) attributes.byte(0x2c);
    writeMember(reader, stop, attributes);
  } else if (role === 'double') {
    point.value = decimal(reader.double(end));
    point.isInteger = false;
  } else if (role === 'integer') {
    reader.fixed64(end);
    point.value = signedText(reader.high, reader.low);
    point.isInteger = true;
  } else if (role === 'count') point.count = fixed64Text(reader, end);
  else if (role === 'sum' || role === 'min' || role === 'max') point[role] = decimal(reader.double(end));
  else return false;
  return true;
}

function readDetail(
  reader: WireReader,
  role: Role,
  tag: number,
  end: number,
  details: Record<string, string>,
  lists: Record<string, string[]>,
): void {
  const list = (name: string) => {
    lists[name] ??= [];
    return lists[name];
  };
  if (role === 'flags') details.flags = String(reader.uint32(end));
  else if (role === 'scale') details.scale = String(reader.sint32(end));
  else if (role === 'zeroCount') details.zeroCount = fixed64Text(reader, end);
  else if (role === 'zeroThreshold') details.zeroThreshold = doubleJson(reader.double(end));
  else if (role === 'bucketCounts' || role === 'explicitBounds') {
    const read = role === 'bucketCounts' ? () => fixed64Text(reader, end) : () => doubleJson(reader.double(end));
    if ((tag & 7) === 1) list(role).push(read());
    else readPacked(reader, end, list(role), read);
  } else if (role === 'quantile') list('quantileValues').push(readQuantile(reader, reader.nested(end)));
  else if (role === 'exemplar') list('exemplars').push(readExemplar(reader, reader.nested(end)));
  else if (role === 'positive' || role === 'negative') details[role] = readBuckets(reader, reader.nested(end));
}

function readPacked(reader: WireReader, end: number, items: string[], read: () => string): void {
  const stop = reader.nested(end);
  while (reader.position < stop) items.push(read());
  if (reader.position > stop) reader.fail('a packed list ends inside of a number');
}

/** `ExponentialHistogramDataPoint.Buckets`. */
function readBuckets(reader: WireReader, end: number): string {
  let offset = 0;
  const counts: string[] = [];
  const read = () => {
    reader.varint(end);
    return unsignedText(reader.high, reader.low);
  };
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) offset = reader.sint32(end);
    else if (tag === 0x12) readPacked(reader, end, counts, read);
    else if (tag === 0x10) counts.push(read());
    else reader.skip(tag, end);
  }
  return `{"offset":${offset},"bucketCounts":[${counts.join(',')}]}`;
}

/** `SummaryDataPoint.ValueAtQuantile`. */
function readQuantile(reader: WireReader, end: number): string {
  let quantile = 0;
  let value = 0;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x09) quantile = reader.double(end);
    else if (tag === 0x11) value = reader.double(end);
    else reader.skip(tag, end);
  }
  return `{"quantile":${doubleJson(quantile)},"value":${doubleJson(value)}}`;
}

/** `Exemplar`: `{timeUnixNano, value, traceId, spanId, filteredAttributes}` without what is not set. */
function readExemplar(reader: WireReader, end: number): string {
  let time = '';
  let value = '';
  let spanId = '';
  let traceId = '';
  inner.reset();
  inner.byte(0x7b);
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x11) {
      reader.fixed64(end);
      time = nanosText(reader.high, reader.low);
    } else if (tag === 0x19) value = doubleJson(reader.double(end));
    else if (tag === 0x31) {
      reader.fixed64(end);
      value = signedText(reader.high, reader.low);
    } else if (tag === 0x22) spanId = reader.id(end);
    else if (tag === 0x2a) traceId = reader.id(end);
    else if (tag === 0x3a) {
      if (inner.length > 1) inner.byte(0x2c);
      writeMember(reader, reader.nested(end), inner);
    } else reader.skip(tag, end);
  }
  inner.byte(0x7d);
  const members = [
    time === '' ? '' : `"timeUnixNano":"${time}"`,
    value === '' ? '' : `"value":${value}`,
    traceId === '' ? '' : `"traceId":"${traceId}"`,
    spanId === '' ? '' : `"spanId":"${spanId}"`,
    inner.length === 2 ? '' : `"filteredAttributes":${inner.text()}`,
  ];
  return `{${members.filter((text) => text !== '').join(',')}}`;
}
