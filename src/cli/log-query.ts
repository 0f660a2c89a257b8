import { parseMillis } from '../lib/quantity.ts';
import { type OptionSpec, UsageError } from './command.ts';

export const queryOptions = {
  kql: { type: 'boolean', help: 'QUERY is in KQL instead of Lucene syntax.' },
  since: { type: 'string', placeholder: 'TIME', help: 'Only records from this time on: 15m, 1h, 7d, or 2026-01-31T12:00:00Z.' },
  until: { type: 'string', placeholder: 'TIME', help: 'Only records before this time.' },
  index: { type: 'string', short: 'i', placeholder: 'NAMES', help: 'Indices, with * as a wildcard.', fallback: '*' },
} as const satisfies Record<string, OptionSpec>;

type QueryFlags = Readonly<{ kql?: boolean | undefined; since?: string | undefined; until?: string | undefined }>;

/** The query of a search body. A time counts from `now` on our clock, because the server's log records carry their senders' clocks. */
export function logQuery(text: string, flags: QueryFlags, now: number): object {
  const trimmed = text.trim();
  const query =
    trimmed === ''
      ? { match_all: {} }
      : flags.kql
        ? { kql: { query: trimmed } }
        : { query_string: { query: trimmed, analyze_wildcard: true, lenient: true } };
  if (flags.since === undefined && flags.until === undefined) return query;
  const range = {
    ...(flags.since === undefined ? {} : { gte: timeOf('since', flags.since, now) }),
    ...(flags.until === undefined ? {} : { lt: timeOf('until', flags.until, now) }),
  };
  return { bool: { must: [query], filter: [{ range: { timestamp: range } }] } };
}

/** A time of a flag as RFC 3339; a span such as `15m` counts back from `now` (milliseconds since the epoch). */
export function timeOf(flag: string, text: string, now: number): string {
  const ago = parseMillis(text);
  const time = ago !== undefined && /[a-z]$/i.test(text.trim()) ? now - ago : /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    throw new UsageError(
      `--${flag} must be a span such as 15m, 1h or 7d, or a time such as 2026-01-31T12:00:00Z, not ${JSON.stringify(text)}.`,
    );
  }
  return date.toISOString();
}

/** The path of an index expression below `/elasticsearch/`. */
export const indexPath = (index: string): string => `/elasticsearch/${index.split(',').map(encodeURIComponent).join(',')}`;

/** `a,b` as field names. */
export const fieldNames = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
