import fc from 'fast-check';
import { type SpanRecord, unknownSpan } from '../../../model/span.ts';

/** What the reference evaluator knows of a span; deliberately not the `Span` of the product. */
export type TestSpan = Readonly<{
  trace: number;
  id: string;
  /** Position in the trace, `missing` (its parent never arrives) or undefined. */
  parent: number | 'missing' | undefined;
  name: string;
  service: string;
  status: '' | 'ok' | 'error';
  kind: '' | 'server' | 'client';
  statusMessage: string;
  runtime: string;
  startMillis: number;
  tookMillis: number;
  attributes: Readonly<Record<string, unknown>>;
  resource: Readonly<Record<string, unknown>>;
  events: readonly Readonly<{ name: string; attributes: Readonly<Record<string, unknown>> }>[];
  /** Sent as `span_start` and `span_end`, which each tell a part. */
  inTwo: boolean;
}>;

export type TestTrace = readonly TestSpan[];

export const baseMillis = 1_763_700_000_000;

const attributeValue = fc.constantFrom<unknown>(
  1,
  2,
  1.5,
  -3,
  '1',
  'a',
  'b',
  'é/"\\',
  '',
  true,
  false,
  null,
  [1, 'a'],
  [],
  { deep: 1 },
  12345678901234,
);
const attributes = fc.dictionary(fc.constantFrom('x', 'y', 'a b', 'runtime'), attributeValue, { maxKeys: 3 });

const span = fc.record({
  parent: fc.option(fc.oneof(fc.nat(4), fc.constant('missing' as const)), { freq: 4 }),
  name: fc.constantFrom('a', 'b', 'c', ''),
  service: fc.constantFrom('s1', 's2', ''),
  status: fc.constantFrom('' as const, 'ok' as const, 'error' as const),
  kind: fc.constantFrom('' as const, 'server' as const, 'client' as const),
  statusMessage: fc.constantFrom('', 'boom', 'a'),
  runtime: fc.constantFrom('', '', 'a', 'python'),
  startMillis: fc.nat(4),
  tookMillis: fc.nat(3),
  attributes,
  resource: attributes,
  events: fc.array(fc.record({ name: fc.constantFrom('e', 'f'), attributes }), { maxLength: 2 }),
  inTwo: fc.integer({ min: 0, max: 5 }).map((value) => value === 0),
});

/** Traces that start one after another, a second apart. Parents are earlier in the list, so there are no cycles. */
export const forest: fc.Arbitrary<readonly TestTrace[]> = fc
  .array(fc.array(span, { minLength: 1, maxLength: 6 }), { minLength: 8, maxLength: 14 })
  .map((traces) =>
    traces.map((spans, trace) =>
      spans.map((one, at) => ({
        ...one,
        trace,
        id: `${trace}-${at}`,
        // Events have no kind, and what is paired is named.
        ...(one.inTwo ? { kind: '' as const, name: one.name || 'a' } : {}),
        parent: typeof one.parent === 'number' ? (one.parent < at ? one.parent : undefined) : (one.parent ?? undefined),
        startMillis: trace * 1000 + one.startMillis,
      })),
    ),
  );

export const traceIdOf = (trace: number): string => `trace-${trace}`;

const nanos = (millis: number): string => `${baseMillis + millis}000000`;

export function recordsOf(trace: TestTrace): readonly SpanRecord[] {
  return trace.flatMap((one): SpanRecord[] => {
    const common = {
      ...unknownSpan,
      traceId: traceIdOf(one.trace),
      spanId: one.id,
      name: one.name,
      parentId: one.parent === undefined ? '' : one.parent === 'missing' ? 'never-came' : (trace[one.parent] as TestSpan).id,
      service: one.service,
    };
    const rest = {
      status: one.status,
      kind: one.kind,
      statusMessage: one.statusMessage,
      runtime: one.runtime,
      attributes: JSON.stringify(one.attributes),
      resource: JSON.stringify(one.resource),
      events: one.events.length === 0 ? '' : JSON.stringify(one.events),
    };
    const times = { startNanos: nanos(one.startMillis), endNanos: nanos(one.startMillis + one.tookMillis) };
    if (!one.inTwo) return [{ ...common, ...rest, ...times, record: 'span' as const }];
    return [
      { ...common, record: 'start' as const, startNanos: times.startNanos },
      { ...common, ...rest, parentId: '', record: 'end' as const, endNanos: times.endNanos },
    ];
  });
}
