import { isObject, jsonOf, listOf, member, objectOf, textOf } from './json-value.ts';
import { everything, type JsonObject, type Panel, type TextQuery } from './panel.ts';

export type Reference = Readonly<{ id: string; name: string; type: string }>;

export type SavedObject = Readonly<{ id: string; type: string; attributes: JsonObject; references: readonly Reference[] }>;

export type SavedObjects = ReadonlyMap<string, SavedObject>;

export type PanelSource = Pick<Panel, 'index' | 'timeField' | 'query' | 'filters'>;

export const objectKey = (type: string, id: string): string => `${type}:${id}`;

/** Members that the importer does not know, as sentences: nothing may get lost unsaid. Empty ones say nothing. */
export function unknownMembers(object: JsonObject, known: readonly string[], of: string): readonly string[] {
  const names = Object.entries(object).flatMap(([name, value]) => (known.includes(name) || isEmpty(value) ? [] : [name]));
  return names.length === 0 ? [] : [`Not understood ${of}: ${names.join(', ')}.`];
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

export const languageOf = (language: unknown): TextQuery['language'] => (language === 'kuery' || language === 'kql' ? 'kql' : 'lucene');

/** A query as Kibana has it (`{query, language}`), as Elasticsearch has it, or as text. */
export function readQueryForms(value: unknown, lost: string[]): Pick<PanelSource, 'query' | 'filters'> {
  const none = { query: everything, filters: [] };
  if (value === undefined || value === null) return none;
  if (typeof value === 'string') return { query: { language: 'lucene', text: value }, filters: [] };
  if (!isObject(value)) {
    lost.push(`Not understood: the query ${JSON.stringify(value).slice(0, 200)}.`);
    return none;
  }
  if (Object.hasOwn(value, 'esql') || Object.hasOwn(value, 'sql')) {
    lost.push(`Queries of ES|QL and SQL are not supported: ${JSON.stringify(value).slice(0, 300)}.`);
    return none;
  }
  const isKibanas =
    Object.hasOwn(value, 'language') ||
    typeof value.query === 'string' ||
    (Object.hasOwn(value, 'query') && Object.keys(value).length === 1);
  if (isKibanas) {
    return typeof value.query === 'string' || value.query === undefined
      ? { query: queryText(textOf(value.query), value.language), filters: [] }
      : readQueryForms(value.query, lost);
  }
  return readDsl(value);
}

const queryText = (text: string, language: unknown): TextQuery =>
  text.trim() === '' || text.trim() === '*' ? everything : { language: languageOf(language), text };

/** A query of the DSL: as text where it is no more than that, so that it can be read and changed. */
function readDsl(query: JsonObject): Pick<PanelSource, 'query' | 'filters'> {
  const keys = Object.keys(query);
  if (keys.length === 0 || (keys.length === 1 && isObject(query.match_all))) return { query: everything, filters: [] };
  const text = keys.length === 1 && isObject(query.query_string) ? query.query_string : undefined;
  const isPlain =
    text !== undefined &&
    typeof text.query === 'string' &&
    Object.keys(text).every((name) => name === 'query' || name === 'analyze_wildcard');
  if (isPlain) return { query: queryText(textOf(text.query), 'lucene'), filters: [] };
  return { query: everything, filters: [query] };
}

/** Filters ("pills") of Kibana as queries that must hold. */
export function readFilters(value: unknown, lost: string[]): readonly JsonObject[] {
  return listOf(value).flatMap((one) => {
    const filter = objectOf(one);
    const meta = objectOf(filter.meta);
    const name = textOf(meta.alias) || textOf(meta.key) || JSON.stringify(filter).slice(0, 120);
    if (meta.disabled === true) {
      lost.push(`A filter that is switched off: ${name}.`);
      return [];
    }
    const dsl = filterDsl(filter);
    if (dsl === undefined) {
      lost.push(`Not understood: the filter ${name}.`);
      return [];
    }
    return [meta.negate === true ? { bool: { must_not: [dsl] } } : dsl];
  });
}

function filterDsl(filter: JsonObject): JsonObject | undefined {
  if (isObject(filter.query)) {
    // Kibana 5 and 6 wrote phrases as a kind of `match`.
    const [field, match] = Object.entries(objectOf(filter.query.match))[0] ?? [];
    if (field !== undefined && member(match, 'type') === 'phrase') return { match_phrase: { [field]: member(match, 'query') } };
    return filter.query;
  }
  for (const kind of ['exists', 'range', 'term', 'terms', 'bool', 'match', 'match_phrase', 'prefix', 'wildcard', 'geo_bounding_box']) {
    if (isObject(filter[kind])) return { [kind]: filter[kind] };
  }
  return undefined;
}

type SourceOf = Readonly<{
  /** `searchSourceJSON` as text or object; of Lens, `{query, filter}`. */
  source: unknown;
  references: readonly Reference[];
  objects: SavedObjects;
  /** What is taken when the object names no index. */
  fallbackIndex: string;
}>;

/** Index, time, query and filters of a saved object. */
export function readSource({ source: given, references, objects, fallbackIndex }: SourceOf, lost: string[]): PanelSource {
  const parsed = jsonOf(given);
  if (given !== undefined && parsed === undefined) lost.push('Its search source is no JSON.');
  const source = objectOf(parsed);
  const { query, filters } = readQueryForms(source.query, lost);
  lost.push(
    ...unknownMembers(
      source,
      ['query', 'filter', 'index', 'indexRefName', 'highlightAll', 'version', 'sort', 'fields', 'size'],
      'of the search',
    ),
  );
  const { index, timeField } = indexOf(source, references, objects, fallbackIndex, lost);
  return { index, timeField, query, filters: [...filters, ...readFilters(source.filter, lost)] };
}

function indexOf(
  source: JsonObject,
  references: readonly Reference[],
  objects: SavedObjects,
  fallbackIndex: string,
  lost: string[],
): Pick<PanelSource, 'index' | 'timeField'> {
  const name = textOf(source.indexRefName);
  const reference = references.find((one) => name !== '' && one.name === name) ?? references.find(({ type }) => type === 'index-pattern');
  const inline = objectOf(source.index);
  const id = reference?.id ?? (textOf(source.index) || textOf(inline.id));
  const pattern = objects.get(objectKey('index-pattern', id))?.attributes ?? (textOf(inline.title) === '' ? undefined : inline);
  if (pattern !== undefined) {
    const index = textOf(pattern.title) || textOf(pattern.name) || '*';
    if (!isEmpty(jsonOf(pattern.runtimeFieldMap))) lost.push(`Fields that Kibana computes in ${index} (runtimeFieldMap).`);
    return { index, timeField: textOf(pattern.timeFieldName) || 'timestamp' };
  }
  // Ids that Kibana makes up say nothing; others are often the pattern itself.
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id)) {
    lost.push(`The index pattern ${id} is not in the file; ${fallbackIndex} is taken.`);
    return { index: fallbackIndex, timeField: 'timestamp' };
  }
  if (id === '') {
    lost.push(`It names no index; ${fallbackIndex} is taken.`);
    return { index: fallbackIndex, timeField: 'timestamp' };
  }
  return { index: id, timeField: 'timestamp' };
}
