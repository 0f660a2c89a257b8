import { sqlString } from '../../lib/sql-text.ts';
import type { SpanRecord } from '../../model/span.ts';
import type { Attributes, SpanContent } from '../../model/trace.ts';
import type { Columns } from '../../store/engine/engine.ts';
import { noAttributes, parseAttributes, parseObject, parseObjects } from './attribute-values.ts';

/** One row of `spans`: what one message said. Times as the table has them, in nanoseconds since the epoch. */
export type SpanRow = SpanContent &
  Readonly<{
    record: SpanRecord['record'];
    /** `trace_hash`, decimal. */
    hash: string;
    segment: number;
    row: number;
    ingestedMillis: number;
    startNanos: bigint;
    endNanos: bigint;
    durationNanos: bigint;
    /** Which times the message had: bits of `timingBits`. */
    timing: number;
  }>;

/**
 * What `parseSpanRows` reads, of the table `spans`. `outline` leaves out attributes, resource, scope, events, links, model, provider and counts: a list of
 * traces does not show them, and they are most of the bytes. `waits` has the model and the attributes that tell what an operation waited for, and
 * no more of the rest than the shape of a trace needs.
 */
export type SpanDetail = 'full' | 'outline' | 'waits';

const shapeColumns = `_segment, _row, toUnixTimestamp64Milli(_ingested) AS ingested, trace_id, span_id, parent_id, record, name, kind,
  toUnixTimestamp64Nano(start) AS start_ns, toUnixTimestamp64Nano(end) AS end_ns, toString(duration_ns) AS took_ns, timing, status, status_message,
  service, instance, address`;

const outlineColumns = 'trace_hash, runtime, capability, target';

const detailColumns = `model, provider, input_tokens, output_tokens, total_tokens, request_bytes, response_bytes, toJSONString(attributes) AS attributes,
  toJSONString(resource) AS resource, scope, events, links, trace_state`;

/** Attributes by which `waitKind` tells what an operation is. */
export const waitAttributes = ['gen_ai.operation.name', 'mcp.method.name', 'messaging.operation.type', 'meshscope.human_ms'] as const;

const columnsBeside: Readonly<Record<SpanDetail, string>> = {
  outline: outlineColumns,
  waits: `model, toJSONString(mapFilter((k, v) -> k IN (${waitAttributes.map(sqlString).join(', ')}), attributes)) AS attributes`,
  full: `${outlineColumns}, ${detailColumns}`,
};

export const spanRowColumns = (detail: SpanDetail): string => `${shapeColumns}, ${columnsBeside[detail]}`;

const count = (value: unknown): number | undefined => (value === null || value === undefined ? undefined : Number(value));

/** Columns that were not read are empty. */
export function parseSpanRows(columns: Columns): readonly SpanRow[] {
  const rows = columns.trace_id?.length ?? 0;
  const nothing: readonly string[] = new Array(rows).fill('');
  const text = (name: string) => (columns[name] ?? nothing) as readonly string[];
  const parsed = <Value>(name: string, parse: (text: string) => Value) => parseEach(text(name), parse);
  const [segments, numbers, ingested] = [text('_segment'), text('_row'), text('ingested')];
  const [hashes, traceIds, spanIds, parentIds] = [text('trace_hash'), text('trace_id'), text('span_id'), text('parent_id')];
  const [records, names, kinds, statuses, messages] = [text('record'), text('name'), text('kind'), text('status'), text('status_message')];
  const [starts, ends, tooks, timings] = [text('start_ns'), text('end_ns'), text('took_ns'), text('timing')];
  const [services, instances, addresses, runtimes] = [text('service'), text('instance'), text('address'), text('runtime')];
  const [capabilities, targets, models, providers] = [text('capability'), text('target'), text('model'), text('provider')];
  const counts = (name: string) => columns[name] ?? [];
  const [input, output, total] = [counts('input_tokens'), counts('output_tokens'), counts('total_tokens')];
  const [requests, responses] = [counts('request_bytes'), counts('response_bytes')];
  const [attributes, resources] = [parsed('attributes', parseMap), parsed('resource', parseMap)];
  const [scopes, events, links] = [parsed('scope', parseObject), parsed('events', parseObjects), parsed('links', parseObjects)];
  const states = text('trace_state');
  // Every row has the same members in the same order, which keeps what looks at them fast.
  return traceIds.map((traceId, at) => ({
    hash: hashes[at] as string,
    segment: Number(segments[at]),
    row: Number(numbers[at]),
    ingestedMillis: Number(ingested[at]),
    record: records[at] as SpanRow['record'],
    traceId,
    spanId: spanIds[at] as string,
    parentId: parentIds[at] as string,
    name: names[at] as string,
    kind: kinds[at] as SpanRow['kind'],
    startNanos: BigInt(starts[at] as string),
    endNanos: BigInt(ends[at] as string),
    durationNanos: BigInt(tooks[at] as string),
    timing: Number(timings[at]),
    status: statuses[at] as SpanRow['status'],
    statusMessage: messages[at] as string,
    service: services[at] as string,
    instance: instances[at] as string,
    address: addresses[at] as string,
    runtime: runtimes[at] as string,
    capability: capabilities[at] as string,
    target: targets[at] as string,
    model: models[at] as string,
    provider: providers[at] as string,
    inputTokens: count(input[at]),
    outputTokens: count(output[at]),
    totalTokens: count(total[at]),
    requestBytes: count(requests[at]),
    responseBytes: count(responses[at]),
    attributes: attributes[at] as Attributes,
    resource: resources[at] as Attributes,
    scope: scopes[at] as Attributes,
    events: events[at] as readonly Attributes[],
    links: links[at] as readonly Attributes[],
    traceState: states[at] as string,
  }));
}

/** Rows share what says the same, and many do: one process writes the same resource into each of its spans. */
function parseEach<Value>(texts: readonly string[], parse: (text: string) => Value): readonly Value[] {
  const known = new Map<string, Value>();
  return texts.map((text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = parse(text);
    known.set(text, value);
    return value;
  });
}

const parseMap = (text: string): Attributes =>
  text === '' || text === '{}' ? noAttributes : parseAttributes(JSON.parse(text) as Readonly<Record<string, string>>);
