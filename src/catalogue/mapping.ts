import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import type { AppError } from '../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, joinObjects, stringifyJson } from '../lib/json/json-text.ts';

/**
 * The mapping of an index in Elasticsearch's own form: `{dynamic?, properties?, dynamic_templates?, _meta?, ...}`. Names with dots
 * are nested objects here. Parameters that mean nothing to meshscope are kept and returned.
 */
export type Mapping = JsonObject;

/** Types that are accepted; what the engine makes of each is in docs/elasticsearch-api.md. */
const fieldTypes = new Set(
  `keyword constant_keyword wildcard text match_only_text search_as_you_type completion token_count annotated_text
   long integer short byte unsigned_long double float half_float scaled_float boolean date date_nanos ip version binary
   integer_range long_range float_range double_range date_range ip_range geo_point geo_shape point shape
   object nested flattened alias join percolator rank_feature rank_features histogram aggregate_metric_double
   dense_vector sparse_vector semantic_text passthrough`.split(/\s+/),
);
const objectTypes = new Set(['object', 'nested', 'passthrough']);
const rootParameters = new Set(
  `dynamic properties dynamic_templates dynamic_date_formats date_detection numeric_detection runtime subobjects enabled
   _meta _source _routing _size _field_names _data_stream_timestamp _doc_count _index _id _tier _all _parent`.split(/\s+/),
);
/** Parameters whose change would make stored documents mean something else. */
const fixedParameters = ['format', 'index', 'doc_values', 'store', 'analyzer', 'null_value', 'scaling_factor', 'locale', 'path'];
const dynamicValues = new Set(['true', 'false', 'strict', 'runtime']);

function mappingFault(reason: string): AppError {
  return elasticsearchError('mapper_parsing_exception', `Failed to parse mapping: ${reason}`, {
    details: {
      caused_by: { type: 'mapper_parsing_exception', reason },
    },
  });
}

export function isObjectField(definition: JsonObject): boolean {
  return objectTypes.has(typeOf(definition));
}

export function typeOf(definition: JsonObject): string {
  return typeof definition.type === 'string' ? definition.type : 'object';
}

/**
 * Checks a mapping as sent and brings it into the stored form. Bodies with a type name around the mapping (`{"_doc": {...}}`) are
 * unwrapped. Throws 400 `mapper_parsing_exception`.
 */
export function parseMapping(sent: JsonValue | undefined): Mapping {
  if (sent === undefined || sent === null) return joinObjects();
  if (!isJsonObject(sent)) throw mappingFault('the mapping must be an object');
  const keys = Object.keys(sent);
  const only = keys.length === 1 ? (sent[keys[0] as string] as JsonValue) : undefined;
  const named = isJsonObject(only) && !rootParameters.has(keys[0] as string) && (keys[0] === '_doc' || 'properties' in only);
  const body = named ? (only as JsonObject) : sent;
  const unknown = Object.entries(body).filter(([key]) => !rootParameters.has(key));
  if (unknown.length > 0) {
    const list = unknown.map(([key, value]) => `${key} : ${stringifyJson(value)}`).join(', ');
    throw mappingFault(`Root mapping definition has unsupported parameters:  [${list.slice(0, 1000)}]`);
  }
  checkObject(body, '_doc');
  checkDynamicTemplates(body.dynamic_templates);
  const result = joinObjects(body);
  if ('properties' in body) result.properties = parseProperties(body.properties, '');
  return result;
}

function checkObject(definition: JsonObject, path: string): void {
  const { dynamic } = definition;
  if (dynamic !== undefined && !dynamicValues.has(String(dynamic))) {
    throw mappingFault(`Could not convert [dynamic] of [${path}] to one of true, false, strict, runtime`);
  }
}

function parseProperties(sent: JsonValue | undefined, path: string): JsonObject {
  if (!isJsonObject(sent)) throw mappingFault(`Expected map for property [properties] on field [${path || '_doc'}]`);
  let result: JsonObject = joinObjects();
  for (const [name, definition] of Object.entries(sent)) {
    if (name === '' || name.split('.').some((part) => part.trim() === '')) throw mappingFault('field name cannot be an empty string');
    const segments = name.split('.');
    let field: JsonObject = parseField(definition, path + name);
    for (const segment of segments.slice(1).reverse()) field = { properties: { [segment]: field } };
    result = mergeProperties(result, { [segments[0] as string]: field }, path, 'update');
  }
  return result;
}

function parseField(sent: JsonValue, path: string): JsonObject {
  if (!isJsonObject(sent))
    throw mappingFault(`Expected map for property [fields] on field [${path}] but got ${stringifyJson(sent).slice(0, 200)}`);
  const { type } = sent;
  if (type !== undefined && typeof type !== 'string')
    throw mappingFault(`No handler for type [${stringifyJson(type)}] declared on field [${path}]`);
  if (
    type === undefined &&
    !('properties' in sent) &&
    Object.keys(sent).some((key) => !['dynamic', 'enabled', 'subobjects'].includes(key))
  ) {
    throw mappingFault(`No type specified for field [${path}]`);
  }
  if (type !== undefined && !fieldTypes.has(type)) throw mappingFault(`No handler for type [${type}] declared on field [${path}]`);
  checkObject(sent, path);
  const result = joinObjects(sent);
  if (objectTypes.has(type ?? 'object')) {
    if (type === 'object' && 'properties' in sent) delete result.type;
    if ('properties' in sent) result.properties = parseProperties(sent.properties, `${path}.`);
    else if (type === undefined) result.type = 'object';
  } else {
    if (type === 'alias' && typeof sent.path !== 'string') throw mappingFault(`The [path] property must be specified for field [${path}].`);
    if ('fields' in sent) result.fields = parseMultiFields(sent.fields, path);
  }
  return result;
}

function parseMultiFields(sent: JsonValue | undefined, path: string): JsonObject {
  if (!isJsonObject(sent)) throw mappingFault(`expected map for property [fields] on field [${path}]`);
  const result = joinObjects();
  for (const [name, definition] of Object.entries(sent)) {
    if (!isJsonObject(definition) || objectTypes.has(typeOf(definition)) || definition.type === 'alias') {
      throw mappingFault(
        `Type [${isJsonObject(definition) ? typeOf(definition) : 'none'}] cannot be used in multi field [${path}.${name}]`,
      );
    }
    result[name] = parseField(definition, `${path}.${name}`);
  }
  return result;
}

function checkDynamicTemplates(sent: JsonValue | undefined): void {
  if (sent === undefined) return;
  if (!Array.isArray(sent)) throw mappingFault('Dynamic template syntax error. An array of named objects is expected.');
  for (const item of sent as readonly JsonValue[]) {
    const names = isJsonObject(item) ? Object.keys(item) : [];
    const template = isJsonObject(item) ? item[names[0] as string] : undefined;
    if (names.length !== 1 || !isJsonObject(template)) throw mappingFault('A dynamic template must be defined with a name');
    if (!isJsonObject(template.mapping) && !isJsonObject(template.runtime)) {
      throw mappingFault(`dynamic template [${names[0]}] must have either mapping or runtime set`);
    }
    if (template.match_pattern === 'regex') checkRegexes([template.match, template.unmatch].flat(), names[0] as string);
  }
}

/** These run on the names of every document's new fields, so only expressions that cannot become slow are taken. */
function checkRegexes(patterns: readonly (JsonValue | undefined)[], name: string): void {
  for (const pattern of patterns) {
    if (pattern === undefined) continue;
    const text = String(pattern);
    const quantifiers = text.match(/(?<!\\)[*+{]/g)?.length ?? 0;
    const risky = text.length > 200 || quantifiers > 3 || /\)[*+{?]|\\[1-9k]/.test(text);
    if (risky || !compiles(text)) {
      throw mappingFault(
        `pattern [${text.slice(0, 200)}] of dynamic template [${name}] is not supported: it must be a valid expression with at most 3 quantifiers, none of them on a group, and no back-references`,
      );
    }
  }
}

function compiles(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').unicode;
  } catch {
    return false;
  }
}

/**
 * `update`: a put-mapping, which may add but not change types. `template`: a later template, whose definition of a field replaces the
 * earlier one.
 */
export type MergeMode = 'update' | 'template';

/** Throws 400 with Elasticsearch's reasons where the two cannot be one mapping. */
export function mergeMappings(current: Mapping, incoming: Mapping, mode: MergeMode): Mapping {
  const result = joinObjects(current, incoming);
  if (current._meta !== undefined && incoming._meta !== undefined && mode === 'template') {
    result._meta = mergeDeep(current._meta, incoming._meta);
  }
  if (isJsonObject(current.properties) && isJsonObject(incoming.properties)) {
    result.properties = mergeProperties(current.properties, incoming.properties, '', mode);
  }
  if (Array.isArray(current.dynamic_templates) && Array.isArray(incoming.dynamic_templates)) {
    const byName = new Map<string, JsonValue>();
    for (const item of [...current.dynamic_templates, ...incoming.dynamic_templates] as readonly JsonObject[]) {
      byName.set(Object.keys(item)[0] as string, item);
    }
    result.dynamic_templates = [...byName.values()];
  }
  return result;
}

/** Objects member by member, anything else replaced. */
export function mergeDeep(left: JsonValue, right: JsonValue): JsonValue {
  if (!isJsonObject(left) || !isJsonObject(right)) return right;
  const result = joinObjects(left);
  for (const [key, value] of Object.entries(right)) result[key] = key in result ? mergeDeep(result[key] as JsonValue, value) : value;
  return result;
}

function mergeProperties(current: JsonObject, incoming: JsonObject, path: string, mode: MergeMode): JsonObject {
  const result = joinObjects(current);
  for (const [name, definition] of Object.entries(incoming) as [string, JsonObject][]) {
    const before = Object.hasOwn(current, name) ? (current[name] as JsonObject) : undefined;
    result[name] = before ? mergeField(before, definition, path + name, mode) : definition;
  }
  return result;
}

function mergeField(current: JsonObject, incoming: JsonObject, path: string, mode: MergeMode): JsonObject {
  const [before, after] = [isObjectField(current), isObjectField(incoming)];
  if (before !== after) {
    if (mode === 'template') return incoming;
    const kind = (isObject: boolean) => (isObject ? 'an object mapping' : 'a non object mapping');
    throw illegalArgument(`can't merge ${kind(before)} [${path}] with ${kind(after)}`);
  }
  if (before) return mergeObjectField(current, incoming, path, mode);
  if (mode === 'template') return incoming;
  if (typeOf(current) !== typeOf(incoming)) {
    throw illegalArgument(`mapper [${path}] cannot be changed from type [${typeOf(current)}] to [${typeOf(incoming)}]`);
  }
  for (const parameter of fixedParameters) {
    const [from, to] = [current[parameter], incoming[parameter]];
    if (to === undefined || stringifyJson(from) === stringifyJson(to)) continue;
    throw illegalArgument(
      `Mapper for [${path}] conflicts with existing mapper:\n\tCannot update parameter [${parameter}] from [${from === undefined ? 'default' : stringifyJson(from)}] to [${stringifyJson(to)}]`,
    );
  }
  const result = joinObjects(current, incoming);
  if (isJsonObject(current.fields) && isJsonObject(incoming.fields)) {
    result.fields = mergeProperties(current.fields, incoming.fields, `${path}.`, mode);
  }
  return result;
}

function mergeObjectField(current: JsonObject, incoming: JsonObject, path: string, mode: MergeMode): JsonObject {
  if (mode === 'update' && (typeOf(current) === 'nested') !== (typeOf(incoming) === 'nested')) {
    throw illegalArgument(`object mapping [${path}] can't be changed from ${typeOf(current)} to ${typeOf(incoming)}`);
  }
  const result = joinObjects(current, incoming);
  const properties = mergeProperties(
    isJsonObject(current.properties) ? current.properties : joinObjects(),
    isJsonObject(incoming.properties) ? incoming.properties : joinObjects(),
    `${path}.`,
    mode,
  );
  if (Object.keys(properties).length > 0) {
    result.properties = properties;
    if (result.type === 'object') delete result.type;
  }
  return result;
}

/** Throws 400 when the mapping has more fields or levels than the index allows. */
export function checkMappingLimits(mapping: Mapping, maxFields: number, maxDepth: number): void {
  let fields = 0;
  const walk = (node: JsonObject, depth: number): void => {
    if (depth > maxDepth) throw illegalArgument(`Limit of mapping depth [${maxDepth}] has been exceeded`);
    for (const members of [node.properties, node.fields]) {
      if (!isJsonObject(members)) continue;
      for (const child of Object.values(members)) {
        fields += 1;
        if (fields > maxFields) throw illegalArgument(`Limit of total fields [${maxFields}] has been exceeded`);
        walk(child as JsonObject, members === node.properties ? depth + 1 : depth);
      }
    }
  };
  walk(mapping, 1);
}
