import { count, objectOf, objects, text } from '../../lib/json/json-members.ts';
import type { JsonObject, JsonValue } from '../../lib/json/json-text.ts';

/** Failures that say the same but for numbers and ids. */
export type ErrorMessage = Readonly<{
  /** One of the most frequent of them as it is. */
  message: string;
  pattern: string;
  count: number;
  agent: string;
  exception: string;
  traceId: string;
  /** When the first and the last one came, in Unix milliseconds; undefined when it was not asked for. */
  firstMillis: number | undefined;
  lastMillis: number | undefined;
}>;

const maxPatternLength = 500;

/** A message without what differs from one failure to the next: ids and numbers. */
export const patternOf = (message: string): string =>
  message
    .slice(0, maxPatternLength)
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '#')
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi, '#')
    .replace(/\d+(?:[.,:]\d+)*/g, '#');

const metrics = ['agent.name', 'service.name', 'trace.trace_id', 'exception.type', 'exception.message.keyword'];

/** The aggregation by which the search counts messages, with the newest record of each. */
export const messageAggregation = (size: number): object => ({
  terms: { field: 'msg.keyword', size, missing: '' },
  aggs: {
    newest: { top_metrics: { metrics: metrics.map((field) => ({ field })), sort: { timestamp: 'desc' } } },
    first: { min: { field: 'timestamp' } },
    last: { max: { field: 'timestamp' } },
  },
});

const time = (metric: JsonValue | undefined): number | undefined => {
  const { value } = objectOf(metric);
  return typeof value === 'number' ? value : undefined;
};

export type CountedMessages = Readonly<{
  messages: readonly ErrorMessage[];
  /** Records whose messages are not among them. */
  others: number;
}>;

/** Reads `messageAggregation`; messages of one pattern are put together, the most frequent first. */
export function readMessages(answer: JsonObject): CountedMessages {
  const found = objects(answer.buckets).map((bucket): ErrorMessage => {
    const newest = objectOf(objects(objectOf(bucket.newest).top)[0]?.metrics);
    const said = text(bucket.key);
    const exception = text(newest['exception.type']);
    const message = said === '' ? text(newest['exception.message.keyword']) || exception || '(no message)' : said;
    return {
      message,
      pattern: patternOf(message),
      count: count(bucket.doc_count),
      agent: text(newest['agent.name']) || text(newest['service.name']),
      exception,
      traceId: text(newest['trace.trace_id']),
      firstMillis: time(bucket.first),
      lastMillis: time(bucket.last),
    };
  });
  return { messages: joinByPattern(found), others: count(answer.sum_other_doc_count) };
}

/** Puts messages of one pattern together. The most frequent first. */
export function joinByPattern(messages: readonly ErrorMessage[]): readonly ErrorMessage[] {
  const joined = new Map<string, ErrorMessage>();
  for (const message of messages) {
    const seen = joined.get(message.pattern);
    joined.set(
      message.pattern,
      seen === undefined
        ? message
        : {
            ...seen,
            count: seen.count + message.count,
            traceId: seen.traceId || message.traceId,
            firstMillis: least(seen.firstMillis, message.firstMillis),
            lastMillis: most(seen.lastMillis, message.lastMillis),
          },
    );
  }
  return [...joined.values()].sort((a, b) => b.count - a.count);
}

const least = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? (a ?? b) : Math.min(a, b));
const most = (a: number | undefined, b: number | undefined) => (a === undefined || b === undefined ? (a ?? b) : Math.max(a, b));
