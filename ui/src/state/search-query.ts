import type { Interval } from './time-range.ts';

export type QueryLanguage = 'lucene' | 'kql';

export type Search = Readonly<{ text: string; language: QueryLanguage }>;

/** What the URL says is searched for. */
export const searchOf = (parameters: URLSearchParams): Search => ({
  text: parameters.get('q') ?? '',
  language: parameters.get('lang') === 'kql' ? 'kql' : 'lucene',
});

/** The search as a query of Elasticsearch's DSL, for records of the interval. */
export function searchQuery(search: Search, { startMillis, endMillis }: Interval, field = 'timestamp'): unknown {
  const text = search.text.trim();
  return {
    bool: {
      filter: [
        { range: { [field]: { gte: startMillis, lt: endMillis, format: 'epoch_millis' } } },
        ...(text === '' ? [] : [search.language === 'kql' ? { kql: { query: text } } : { query_string: { query: text } }]),
      ],
    },
  };
}
