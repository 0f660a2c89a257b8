import type { FoundHit } from '../context.ts';
import { isObject, type JsonObject } from '../params.ts';

/** A hit with its `_source` filtered, and `fields` that are asked for by name. */
export function renderHit(hit: FoundHit, body: JsonObject): Record<string, unknown> {
  const document: unknown = JSON.parse(hit.source);
  const filtered = filterSource(document, body._source);
  const fields = requestedFields(document, body);
  return {
    _index: hit.index,
    _id: hit.id,
    _score: null,
    ...(filtered === undefined ? {} : { _source: filtered }),
    ...(fields === undefined ? {} : { fields }),
    ...(hit.sort === undefined ? {} : { sort: hit.sort }),
  };
}

function filterSource(document: unknown, spec: unknown): unknown {
  if (spec === false || spec === 'false') return undefined;
  if (spec === undefined || spec === null || spec === true) return document;
  const { includes, excludes } = isObject(spec)
    ? { includes: patterns(spec.includes ?? spec.include), excludes: patterns(spec.excludes ?? spec.exclude) }
    : { includes: patterns(spec), excludes: [] };
  return pick(document, '', includes, excludes) ?? {};
}

function patterns(json: unknown): readonly RegExp[] {
  const list = Array.isArray(json) ? json : json === undefined || json === null ? [] : [json];
  return list.map((one) => {
    const text = String(one)
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*');
    return new RegExp(`^${text}(\\..*)?$`, 's');
  });
}

function pick(value: unknown, path: string, includes: readonly RegExp[], excludes: readonly RegExp[]): unknown {
  if (path !== '' && excludes.some((pattern) => pattern.test(path))) return undefined;
  if (Array.isArray(value)) {
    const kept = value.map((item) => pick(item, path, includes, excludes)).filter((item) => item !== undefined);
    return kept.length > 0 || (value.length === 0 && wanted(path, includes)) ? kept : undefined;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).flatMap(([key, inner]) => {
      const kept = pick(inner, path === '' ? key : `${path}.${key}`, includes, excludes);
      return kept === undefined ? [] : [[key, kept] as const];
    });
    return entries.length > 0 || (path !== '' && wanted(path, includes)) ? Object.fromEntries(entries) : undefined;
  }
  return wanted(path, includes) ? value : undefined;
}

function wanted(path: string, includes: readonly RegExp[]): boolean {
  return includes.length === 0 || includes.some((pattern) => pattern.test(path));
}

function requestedFields(document: unknown, body: JsonObject): Record<string, unknown[]> | undefined {
  const asked = [body.fields, body.docvalue_fields].flatMap((list) => (Array.isArray(list) ? list : []));
  if (asked.length === 0) return undefined;
  const names = asked.map((one) => (isObject(one) ? String(one.field) : String(one)));
  const found = new Map<string, unknown[]>();
  collect(document, '', patterns(names), found);
  return Object.fromEntries(found);
}

function collect(value: unknown, path: string, names: readonly RegExp[], found: Map<string, unknown[]>): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) for (const item of value) collect(item, path, names, found);
  else if (isObject(value))
    for (const [key, inner] of Object.entries(value)) collect(inner, path === '' ? key : `${path}.${key}`, names, found);
  else if (names.some((pattern) => pattern.test(path))) found.set(path, [...(found.get(path) ?? []), value]);
}
