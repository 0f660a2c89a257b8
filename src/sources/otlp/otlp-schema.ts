/**
 * The messages of OTLP (opentelemetry-proto v1) as far as their fields are read, for the JSON encoding: field names in lowerCamelCase, with the
 * number and type of each.
 */
export type FieldType =
  | 'text'
  /** Hexadecimal in OTLP's JSON, unlike other bytes. */
  | 'id'
  | 'base64'
  | 'uint32'
  | 'sint32'
  /** Varint of 64 bits. */
  | 'int64'
  | 'uint64'
  /** Eight bytes. */
  | 'fixed64'
  | 'sfixed64'
  | 'fixed32'
  | 'double'
  | 'bool'
  | readonly string[]
  | (() => MessageFields);

export type Field = Readonly<{
  number: number;
  /** A list of texts: an enum, whose names are at their values. */
  type: FieldType;
  repeated: boolean;
  /** Written even when it has its default, because it is in a `oneof`, or optional. */
  explicit: boolean;
}>;
export type MessageFields = ReadonlyMap<string, Field>;

type Definition = readonly [number: number, type: FieldType, kind?: 'repeated' | 'explicit'];

const message = (fields: Readonly<Record<string, Definition>>): MessageFields =>
  new Map(
    Object.entries(fields).map(([name, [number, type, kind]]) => [
      name,
      { number, type, repeated: kind === 'repeated', explicit: kind === 'explicit' },
    ]),
  );

const named = (prefix: string, names: string) => names.split(' ').map((name) => `${prefix}_${name}`);

const spanKinds = named('SPAN_KIND', 'UNSPECIFIED INTERNAL SERVER CLIENT PRODUCER CONSUMER');
const statusCodes = named('STATUS_CODE', 'UNSET OK ERROR');
const temporalities = named('AGGREGATION_TEMPORALITY', 'UNSPECIFIED DELTA CUMULATIVE');
const severities = named(
  'SEVERITY_NUMBER',
  `UNSPECIFIED ${['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].map((name) => `${name} ${name}2 ${name}3 ${name}4`).join(' ')}`,
);

const anyValue = message({
  stringValue: [1, 'text', 'explicit'],
  boolValue: [2, 'bool', 'explicit'],
  intValue: [3, 'int64', 'explicit'],
  doubleValue: [4, 'double', 'explicit'],
  arrayValue: [5, () => arrayValue],
  kvlistValue: [6, () => keyValueList],
  bytesValue: [7, 'base64', 'explicit'],
});
const arrayValue = message({ values: [1, () => anyValue, 'repeated'] });
const keyValue = message({ key: [1, 'text'], value: [2, () => anyValue] });
const keyValueList = message({ values: [1, () => keyValue, 'repeated'] });

const entityRef = message({
  schemaUrl: [1, 'text'],
  type: [2, 'text'],
  idKeys: [3, 'text', 'repeated'],
  descriptionKeys: [4, 'text', 'repeated'],
});
const resource = message({
  attributes: [1, () => keyValue, 'repeated'],
  droppedAttributesCount: [2, 'uint32'],
  entityRefs: [3, () => entityRef, 'repeated'],
});
const scope = message({
  name: [1, 'text'],
  version: [2, 'text'],
  attributes: [3, () => keyValue, 'repeated'],
  droppedAttributesCount: [4, 'uint32'],
});

/** `ExportXServiceRequest`, `ResourceX`, `ScopeX` have the same numbers in each signal. */
const request = (signal: string, scopes: string, records: string, record: MessageFields): MessageFields => {
  const scoped = message({ scope: [1, () => scope], [records]: [2, () => record, 'repeated'], schemaUrl: [3, 'text'] });
  const ofResource = message({ resource: [1, () => resource], [scopes]: [2, () => scoped, 'repeated'], schemaUrl: [3, 'text'] });
  return message({ [signal]: [1, () => ofResource, 'repeated'] });
};

const event = message({
  timeUnixNano: [1, 'fixed64'],
  name: [2, 'text'],
  attributes: [3, () => keyValue, 'repeated'],
  droppedAttributesCount: [4, 'uint32'],
});
const link = message({
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'text'],
  attributes: [4, () => keyValue, 'repeated'],
  droppedAttributesCount: [5, 'uint32'],
  flags: [6, 'fixed32'],
});
const status = message({ message: [2, 'text'], code: [3, statusCodes] });
const span = message({
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'text'],
  parentSpanId: [4, 'id'],
  flags: [16, 'fixed32'],
  name: [5, 'text'],
  kind: [6, spanKinds],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, () => keyValue, 'repeated'],
  droppedAttributesCount: [10, 'uint32'],
  events: [11, () => event, 'repeated'],
  droppedEventsCount: [12, 'uint32'],
  links: [13, () => link, 'repeated'],
  droppedLinksCount: [14, 'uint32'],
  status: [15, () => status],
});

const logRecord = message({
  timeUnixNano: [1, 'fixed64'],
  observedTimeUnixNano: [11, 'fixed64'],
  severityNumber: [2, severities],
  severityText: [3, 'text'],
  body: [5, () => anyValue],
  attributes: [6, () => keyValue, 'repeated'],
  droppedAttributesCount: [7, 'uint32'],
  flags: [8, 'fixed32'],
  traceId: [9, 'id'],
  spanId: [10, 'id'],
  eventName: [12, 'text'],
});

const exemplar = message({
  filteredAttributes: [7, () => keyValue, 'repeated'],
  timeUnixNano: [2, 'fixed64'],
  asDouble: [3, 'double', 'explicit'],
  asInt: [6, 'sfixed64', 'explicit'],
  spanId: [4, 'id'],
  traceId: [5, 'id'],
});
const times = { startTimeUnixNano: [2, 'fixed64'], timeUnixNano: [3, 'fixed64'] } as const;
const numberPoint = message({
  ...times,
  attributes: [7, () => keyValue, 'repeated'],
  asDouble: [4, 'double', 'explicit'],
  asInt: [6, 'sfixed64', 'explicit'],
  exemplars: [5, () => exemplar, 'repeated'],
  flags: [8, 'uint32'],
});
const histogramPoint = message({
  ...times,
  attributes: [9, () => keyValue, 'repeated'],
  count: [4, 'fixed64'],
  sum: [5, 'double', 'explicit'],
  bucketCounts: [6, 'fixed64', 'repeated'],
  explicitBounds: [7, 'double', 'repeated'],
  exemplars: [8, () => exemplar, 'repeated'],
  flags: [10, 'uint32'],
  min: [11, 'double', 'explicit'],
  max: [12, 'double', 'explicit'],
});
const buckets = message({ offset: [1, 'sint32'], bucketCounts: [2, 'uint64', 'repeated'] });
const exponentialPoint = message({
  ...times,
  attributes: [1, () => keyValue, 'repeated'],
  count: [4, 'fixed64'],
  sum: [5, 'double', 'explicit'],
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, () => buckets],
  negative: [9, () => buckets],
  flags: [10, 'uint32'],
  exemplars: [11, () => exemplar, 'repeated'],
  min: [12, 'double', 'explicit'],
  max: [13, 'double', 'explicit'],
  zeroThreshold: [14, 'double'],
});
const quantile = message({ quantile: [1, 'double'], value: [2, 'double'] });
const summaryPoint = message({
  ...times,
  attributes: [7, () => keyValue, 'repeated'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  quantileValues: [6, () => quantile, 'repeated'],
  flags: [8, 'uint32'],
});
const points = (point: MessageFields) =>
  message({
    dataPoints: [1, () => point, 'repeated'],
    aggregationTemporality: [2, temporalities],
    isMonotonic: [3, 'bool'],
  });
const numberPoints = points(numberPoint);
const histogramPoints = points(histogramPoint);
const exponentialPoints = points(exponentialPoint);
const summaryPoints = points(summaryPoint);
const metric = message({
  name: [1, 'text'],
  description: [2, 'text'],
  unit: [3, 'text'],
  gauge: [5, () => numberPoints],
  sum: [7, () => numberPoints],
  histogram: [9, () => histogramPoints],
  exponentialHistogram: [10, () => exponentialPoints],
  summary: [11, () => summaryPoints],
  metadata: [12, () => keyValue, 'repeated'],
});

/** What each path takes. */
export const requestFields = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
} as const;

export type Signal = keyof typeof requestFields;
