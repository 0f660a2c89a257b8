import { type JsonObject, type JsonValue, joinObjects } from '../../../lib/json/json-text.ts';
import type { Call } from '../call.ts';

/** Query parameters that stand for members of the body, and win over them. */
const plain = ['from', 'size', 'timeout', 'terminate_after', 'track_total_hits', 'version', 'seq_no_primary_term', 'explain', 'min_score'];
const lists = ['stored_fields', 'docvalue_fields'];

const split = (text: string) => text.split(',').map((part) => part.trim());

/** The query of `?q=`. */
function queryOf(call: Call): JsonObject | undefined {
  const text = call.text('q');
  if (text === undefined) return undefined;
  const options: Record<string, JsonValue> = { query: text };
  for (const [parameter, member] of [
    ['df', 'default_field'],
    ['default_operator', 'default_operator'],
    ['analyzer', 'analyzer'],
    ['analyze_wildcard', 'analyze_wildcard'],
    ['lenient', 'lenient'],
  ] as const) {
    const value = call.text(parameter);
    if (value !== undefined) options[member] = value;
  }
  return { query_string: options };
}

/** `?_source=`, `?_source_includes=` and `?_source_excludes=` as the member `_source`; undefined without them. */
export function sourceOf(call: Call): JsonValue | undefined {
  const whole = call.text('_source');
  const includes = call.text('_source_includes') ?? call.text('_source_include');
  const excludes = call.text('_source_excludes') ?? call.text('_source_exclude');
  if (whole === undefined && includes === undefined && excludes === undefined) return undefined;
  if (whole === 'true' || whole === 'false' || whole === '') {
    if (whole === 'false' || (includes === undefined && excludes === undefined)) return whole !== 'false';
  }
  const wanted = includes ?? (whole === 'true' || whole === '' ? undefined : whole);
  return { includes: wanted === undefined ? [] : split(wanted), excludes: excludes === undefined ? [] : split(excludes) };
}

/** `field:desc` as a key of `sort`. */
function sortKey(text: string): JsonValue {
  const colon = text.lastIndexOf(':');
  return colon < 0 ? text : { [text.slice(0, colon)]: { order: text.slice(colon + 1) } };
}

/** The body of a search with the query parameters worked in. */
export function searchBody(call: Call): JsonObject {
  const body = joinObjects(call.object());
  const query = queryOf(call);
  if (query) body.query = query;
  for (const name of plain) {
    const value = call.text(name);
    if (value !== undefined) body[name] = value;
  }
  for (const name of lists) {
    const value = call.text(name);
    if (value !== undefined) body[name] = split(value);
  }
  const sort = call.text('sort');
  if (sort !== undefined) body.sort = split(sort).map(sortKey);
  const source = sourceOf(call);
  if (source !== undefined) body._source = source;
  return body;
}
