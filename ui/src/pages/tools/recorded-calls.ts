import type { ToolName } from '../../api/tools.ts';
import type { Interval } from '../../state/time-range.ts';

type Bucket = Readonly<{ key: readonly (string | number)[]; doc_count: number }>;
type Percentiles = Readonly<{ values: Readonly<Record<string, number | null>> }>;
export type RecordedAnswer = Readonly<{
  aggregations?: Readonly<{ parties: Readonly<{ buckets: readonly Bucket[] }>; sent: Percentiles; answered: Percentiles }>;
}>;

const shares = [50, 95, 99, 100];
/** The recorder leaves out what it does not know. */
const unknown = '–';
const fields = ['mcp.client', 'mcp.client_version', 'service.version', 'mcp.protocol'];

/** The search for what recorders say of a tool's calls: versions of both sides, and sizes. */
export const recordedCalls = ({ startMillis, endMillis }: Interval, { server, tool }: ToolName) => ({
  size: 0,
  query: {
    bool: {
      filter: [
        { range: { timestamp: { gte: startMillis, lt: endMillis, format: 'epoch_millis' } } },
        { term: { 'service.name': server } },
        ...(tool === undefined ? [] : [{ term: { tool } }]),
      ],
    },
  },
  aggs: {
    parties: { multi_terms: { size: 20, terms: fields.map((field) => ({ field, missing: unknown })) } },
    sent: { percentiles: { field: 'mcp.request_bytes', percents: shares } },
    answered: { percentiles: { field: 'mcp.response_bytes', percents: shares } },
  },
});

export type Combination = Readonly<{ client: string; server: string; protocol: string; calls: number }>;

const named = (...parts: readonly unknown[]) =>
  parts
    .map(String)
    .filter((part) => part !== unknown)
    .join(' ') || unknown;

export const combinationsOf = ({ aggregations }: RecordedAnswer): readonly Combination[] =>
  (aggregations?.parties.buckets ?? []).map(({ key: [client, clientVersion, version, protocol], doc_count }) => ({
    client: named(client, clientVersion),
    server: named(version),
    protocol: named(protocol),
    calls: doc_count,
  }));

export type Sizes = Readonly<{ title: string; values: readonly (readonly [share: number, bytes: number | null])[] }>;

export const sizesOf = ({ aggregations }: RecordedAnswer): readonly Sizes[] => {
  const values = (of: Percentiles | undefined) => shares.map((share) => [share, of?.values[`${share}.0`] ?? null] as const);
  return [
    { title: 'sent', values: values(aggregations?.sent) },
    { title: 'answered', values: values(aggregations?.answered) },
  ];
};
