import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json/json-text.ts';
import { parseQuery } from '../filter/parse-query.ts';
import type { Query } from '../filter/query.ts';
import { asList, readBoolean, readInteger, readObject, readString } from './read-json.ts';

export type HighlightField = Readonly<{
  pattern: string;
  preTag: string;
  postTag: string;
  /** Characters of one fragment. */
  fragmentSize: number;
  /** 0 gives the whole value. */
  fragments: number;
  /** Characters that are shown of a value without a match. */
  noMatchSize: number;
  requireFieldMatch: boolean;
  query: Query | undefined;
}>;

export type Highlight = Readonly<{ fields: readonly HighlightField[] }>;

/** Parameters that choose among Lucene's highlighters do not matter here. */
export function parseHighlight(json: JsonValue | undefined): Highlight | undefined {
  const body = readObject(json, 'highlight');
  if (!body) return undefined;
  const named = Array.isArray(body.fields)
    ? (body.fields as readonly JsonValue[]).flatMap((item) => (isJsonObject(item) ? Object.entries(item) : []))
    : Object.entries(readObject(body.fields, 'highlight.fields') ?? {});
  return { fields: named.map(([pattern, options]) => parseField(pattern, body, isJsonObject(options) ? options : {})) };
}

function parseField(pattern: string, common: JsonObject, own: JsonObject): HighlightField {
  const get = (name: string) => own[name] ?? common[name];
  const query = get('highlight_query');
  return {
    pattern,
    preTag: readString(asList(get('pre_tags'))[0], 'pre_tags') ?? '<em>',
    postTag: readString(asList(get('post_tags'))[0], 'post_tags') ?? '</em>',
    fragmentSize: readInteger(get('fragment_size'), 'fragment_size', 100),
    fragments: readInteger(get('number_of_fragments'), 'number_of_fragments', 5),
    noMatchSize: readInteger(get('no_match_size'), 'no_match_size', 0),
    requireFieldMatch: readBoolean(get('require_field_match'), 'require_field_match', true),
    query: query === undefined || query === null ? undefined : parseQuery(query),
  };
}
