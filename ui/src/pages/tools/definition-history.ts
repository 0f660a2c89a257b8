import type { Interval } from '../../state/time-range.ts';

/** One text of a definition: when a list of tools first and last had it. */
export type DefinitionVersion = Readonly<{ sha256: string; firstMillis: number; lastMillis: number; lists: number }>;

type Bucket = Readonly<{ key: string; doc_count: number; first: Readonly<{ value: number }>; last: Readonly<{ value: number }> }>;
export type HistoryAnswer = Readonly<{ aggregations?: Readonly<{ marks: Readonly<{ buckets: readonly Bucket[] }> }> }>;

/** Definitions change rarely, so the history goes further back than the chosen time. */
const lookBackMillis = 30 * 86_400_000;

/** In the regular expressions of Elasticsearch, where more has a meaning than in JavaScript's. */
const literal = (text: string) => text.replace(/[.?+*|{}[\]()\\^$]/g, '\\$&').replace(/["#@&<>~]/g, '[$&]');

/** The search for all texts that the definition of a tool has had. */
export const definitionHistory = ({ endMillis }: Pick<Interval, 'endMillis'>, server: string, tool: string) => ({
  size: 0,
  query: {
    bool: {
      filter: [
        { range: { timestamp: { gte: endMillis - lookBackMillis, lt: endMillis, format: 'epoch_millis' } } },
        { term: { 'service.name': server } },
        { term: { 'request.method': 'tools/list' } },
      ],
    },
  },
  aggs: {
    marks: {
      terms: { field: 'mcp.definitions', size: 50, include: `[0-9a-f]{64} ${literal(tool)}` },
      aggs: { first: { min: { field: 'timestamp' } }, last: { max: { field: 'timestamp' } } },
    },
  },
});

/** The newest first. */
export const versionsOf = ({ aggregations }: HistoryAnswer): readonly DefinitionVersion[] =>
  (aggregations?.marks.buckets ?? [])
    .map(({ key, doc_count, first, last }) => ({
      sha256: key.slice(0, 64),
      firstMillis: first.value,
      lastMillis: last.value,
      lists: doc_count,
    }))
    .sort((a, b) => b.lastMillis - a.lastMillis || b.firstMillis - a.firstMillis);

/** When a text was first seen that was not the first of all, the earliest first. */
export const changedAt = (answer: HistoryAnswer): readonly number[] =>
  versionsOf(answer)
    .map(({ firstMillis }) => firstMillis)
    .sort((one, other) => one - other)
    .slice(1);
