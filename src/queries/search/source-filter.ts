import { matchesPattern } from '../../catalogue/name-pattern.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from '../../lib/json/json-text.ts';
import { readBoolean, readNames, readObject } from './read-json.ts';

/** Which part of a document is shown. No includes means everything. */
export type SourceFilter = Readonly<{ shown: boolean; includes: readonly string[]; excludes: readonly string[] }>;

export const wholeSource: SourceFilter = { shown: true, includes: [], excludes: [] };

/** The member `_source` of a request: a boolean, patterns, or includes and excludes. */
export function parseSourceFilter(json: JsonValue | undefined): SourceFilter {
  if (json === undefined || json === null) return wholeSource;
  if (typeof json === 'boolean' || json === 'true' || json === 'false') return { ...wholeSource, shown: readBoolean(json, '_source') };
  if (!isJsonObject(json)) return { ...wholeSource, includes: readNames(json, '_source') };
  const body = readObject(json, '_source') as JsonObject;
  return {
    shown: true,
    includes: readNames(body.includes ?? body.include, '_source.includes'),
    excludes: readNames(body.excludes ?? body.exclude, '_source.excludes'),
  };
}

/** Whether the filter may leave something of a path, from what the path's name tells. */
export function mayShow({ shown, includes }: SourceFilter): (path: string) => boolean {
  if (!shown) return () => false;
  if (includes.length === 0) return () => true;
  return (path) => mayHold(path, includes) || path.split('.').some((_, at, keys) => isNamed(keys.slice(0, at + 1).join('.'), includes));
}

/** The text of the document after the filter; numbers keep their spelling. `undefined`: no `_source` is shown. */
export function filterSource(text: string, filter: SourceFilter): string | undefined {
  if (!filter.shown) return undefined;
  if (filter.includes.length === 0 && filter.excludes.length === 0) return text;
  return stringifyJson(filterDocument(parseJson(text, { keepNumberText: true }), filter) ?? {});
}

function filterDocument(document: JsonValue, { includes, excludes }: SourceFilter): JsonValue | undefined {
  return keep(document, '', includes.length === 0, includes, excludes);
}

/** Whether a path or an object above it is named. */
const isNamed = (path: string, patterns: readonly string[]) => patterns.some((pattern) => matchesPattern(pattern, path));

/** Whether something below the path may be named. */
const mayHold = (path: string, patterns: readonly string[]) =>
  patterns.some((pattern) => pattern.includes('*') || pattern.startsWith(`${path}.`));

function keep(
  value: JsonValue,
  path: string,
  included: boolean,
  includes: readonly string[],
  excludes: readonly string[],
): JsonValue | undefined {
  if (Array.isArray(value)) {
    const kept = (value as readonly JsonValue[]).flatMap((item) => keep(item, path, included, includes, excludes) ?? []);
    return included || kept.length > 0 ? kept : undefined;
  }
  if (!isJsonObject(value) || value instanceof ExactNumber) return included ? value : undefined;
  const result: Record<string, JsonValue> = Object.create(null);
  for (const [name, member] of Object.entries(value)) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (isNamed(inner, excludes)) continue;
    const isIncluded = included || isNamed(inner, includes);
    if (!isIncluded && !mayHold(inner, includes)) continue;
    const kept = keep(member, inner, isIncluded, includes, excludes);
    if (kept !== undefined) result[name] = kept;
  }
  return included || Object.keys(result).length > 0 ? result : undefined;
}
