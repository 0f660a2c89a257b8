import type { Attributes, Span, SpanContent, Trace, TraceLimits, TraceState } from '../../model/trace.ts';
import { linkParents, type Unlinked } from './link-parents.ts';
import { type Operation, pairRecords, timesOf } from './pair-records.ts';
import type { SpanRow } from './span-rows.ts';

/**
 * Puts the rows of one trace together. The result depends on what the rows say, not on the order in which they came:
 *
 * - `start`, `end` and `error` events and whole records pair by span id and name: MCP Mesh v0.4.0 reuses one span id for several functions of
 *   a request. Events without a name pair by span id alone; when several operations have it, by time.
 * - Several whole records of one operation (delivered again, or #1202, where each retry sends one) are one span: the one that ended last
 *   counts, also for success; `duplicates` counts the others.
 * - Operations with one span id of kinds client and server (or producer and consumer) are the two sides of a call (Zipkin): two spans, the client's above the
 *   server's. Of others with one span id, those that ran within another are its children.
 * - An end, or an error, without a start began its duration before. An error without an end ends the span after the quiet period.
 *   Where both came, the end's status counts when it has one.
 * - A parent that has not arrived, or a cycle, leaves an orphan, which is shown as a root. A cycle is cut at its earliest span.
 * - Durations are those that agents measured, unless these are zero, negative or no number: then the difference of the times, at least 0.
 *   Times stay as agents sent them; `clockSkew` tells what a view may add.
 */
export function assembleTrace(rows: readonly SpanRow[], limits: TraceLimits, nowMillis: number): Trace | undefined {
  if (rows.length === 0) return undefined;
  const lastSeenMillis = rows.reduce((latest, { ingestedMillis }) => Math.max(latest, ingestedMillis), Number.NEGATIVE_INFINITY);
  const silentMillis = nowMillis - lastSeenMillis;
  const isAbandoned = silentMillis >= limits.timeoutMillis;
  const unlinked = pairRecords(rows).map((operation) => spanOf(operation, limits, nowMillis, isAbandoned));
  const spans = linkParents(unlinked.sort(compareSpans));
  const [first] = spans as readonly [Span];
  const { startNanos, endNanos } = extent(rows);
  return {
    traceId: first.traceId,
    state: stateOf(spans, silentMillis, limits),
    startNanos,
    endNanos,
    durationNanos: endNanos - startNanos,
    success: spans.every(({ status }) => status !== 'error'),
    spans,
    services: [...new Set(spans.map(({ service }) => service))].filter((service) => service !== '').sort(),
    lastSeenMillis,
  };
}

/** From the earliest start to the latest end of any record: what the table `traces` adds up, so that searches and totals agree with this. */
function extent(rows: readonly SpanRow[]): Pick<Trace, 'startNanos' | 'endNanos'> {
  let { startNanos, endNanos } = rows[0] as SpanRow;
  for (const row of rows) {
    if (row.startNanos < startNanos) startNanos = row.startNanos;
    if (row.endNanos > endNanos) endNanos = row.endNanos;
  }
  if (endNanos < startNanos) endNanos = startNanos;
  return { startNanos, endNanos };
}

function stateOf(spans: readonly Span[], silentMillis: number, limits: TraceLimits): TraceState {
  const isFinished = spans.every(({ state }) => state === 'ended');
  if (!isFinished) return silentMillis >= limits.timeoutMillis ? 'abandoned' : 'running';
  return silentMillis < limits.quietMillis ? 'running' : 'complete';
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareSpans(a: Unlinked, b: Unlinked): number {
  if (a.startNanos !== b.startNanos) return a.startNanos < b.startNanos ? -1 : 1;
  // The longer one first, so that of two that began together the outer one comes first.
  if (a.endNanos !== b.endNanos) {
    if (a.endNanos === undefined) return -1;
    if (b.endNanos === undefined) return 1;
    return a.endNanos > b.endNanos ? -1 : 1;
  }
  return compareText(a.spanId, b.spanId) || compareText(a.name, b.name) || compareText(a.kind, b.kind) || compareText(a.service, b.service);
}

function spanOf(operation: Operation, limits: TraceLimits, nowMillis: number, isAbandoned: boolean): Unlinked {
  const { whole, end, error, duplicates } = operation;
  const told = contentOf(operation);
  const hasEnded =
    whole !== undefined || end !== undefined || (error !== undefined && nowMillis - error.ingestedMillis >= limits.quietMillis);
  const status = whole?.status || end?.status || (error === undefined ? told.status : 'error');
  const { startNanos, endNanos, durationNanos } = timesOf(operation, hasEnded);
  // All members at once: an object that grows, or that is copied from others, costs several times as much, and there may be 100,000.
  return {
    traceId: told.traceId,
    spanId: told.spanId,
    parentId: told.parentId,
    name: told.name,
    kind: told.kind,
    status,
    statusMessage: status === 'ok' ? ((whole ?? end)?.statusMessage ?? '') : told.statusMessage,
    service: told.service,
    instance: told.instance,
    address: told.address,
    runtime: told.runtime,
    capability: told.capability,
    target: told.target,
    model: told.model,
    provider: told.provider,
    traceState: told.traceState,
    startNanos,
    endNanos,
    durationNanos,
    state: hasEnded ? 'ended' : isAbandoned ? 'abandoned' : 'open',
    inputTokens: told.inputTokens,
    outputTokens: told.outputTokens,
    totalTokens: told.totalTokens,
    requestBytes: told.requestBytes,
    responseBytes: told.responseBytes,
    attributes: told.attributes,
    resource: told.resource,
    scope: told.scope,
    events: told.events,
    links: told.links,
    duplicates,
    parentIndex: undefined,
    orphan: false,
  };
}

/** What all rows of an operation say together: of each member, the first that knows it tells it. */
function contentOf({ whole, start, end, error }: Operation): SpanContent {
  if (whole !== undefined && (start ?? end ?? error) === undefined) return whole;
  const rows = [whole, end, error, start].filter((row) => row !== undefined);
  const [first] = rows as [SpanRow];
  if (rows.length === 1) return first;
  const text = <Key extends TextMember>(member: Key) => (rows.find((row) => row[member] !== '') ?? first)[member];
  const count = (member: CountMember) => rows.find((row) => row[member] !== undefined)?.[member];
  return {
    traceId: (start ?? first).traceId,
    spanId: text('spanId'),
    parentId: text('parentId'),
    name: text('name'),
    kind: text('kind'),
    status: text('status'),
    statusMessage: text('statusMessage'),
    service: text('service'),
    instance: text('instance'),
    address: text('address'),
    runtime: text('runtime'),
    capability: text('capability'),
    target: text('target'),
    model: text('model'),
    provider: text('provider'),
    traceState: text('traceState'),
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    totalTokens: count('totalTokens'),
    requestBytes: count('requestBytes'),
    responseBytes: count('responseBytes'),
    attributes: joined(rows.map(({ attributes }) => attributes)),
    resource: joined(rows.map(({ resource }) => resource)),
    scope: joined(rows.map(({ scope }) => scope)),
    events: rows.flatMap(({ events }) => events),
    links: rows.flatMap(({ links }) => links),
  };
}

type TextMember = { [Key in keyof SpanContent]: SpanContent[Key] extends string ? Key : never }[keyof SpanContent];
type CountMember = 'inputTokens' | 'outputTokens' | 'totalTokens' | 'requestBytes' | 'responseBytes';

/** The members of all; the first that has one wins. Without a prototype, as attributes are. */
function joined(all: readonly Attributes[]): Attributes {
  const result: Record<string, unknown> = Object.create(null);
  for (const attributes of all.toReversed()) for (const name of Object.keys(attributes)) result[name] = attributes[name];
  return result;
}
