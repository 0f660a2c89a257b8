import { isJsonObject, type JsonObject, type JsonValue, joinObjects } from '../lib/json/json-text.ts';
import { isObjectField, type Mapping, typeOf } from './mapping.ts';
import { matchesPattern } from './name-pattern.ts';

export type MappedField = Readonly<{
  /** Full name, with the dots of its objects and of its parent field if it is a multi-field. */
  path: string;
  /** Elasticsearch's type, such as `keyword`; `alias` never, because aliases are resolved. */
  type: string;
  /** The path in `_source` that holds the values: the parent of a multi-field, the target of an alias, otherwise `path`. */
  sourcePath: string;
  /** Strings longer than this many characters are invisible to exact conditions; 0 is no limit. */
  ignoreAbove: number;
  /** The mapping's `format` for dates, alternatives separated by `||`. */
  format: string | undefined;
  /** False when the mapping says `index: false` (and no doc values for conditions). */
  indexed: boolean;
  /** Value that stands in for an explicit null. */
  nullValue: JsonValue | undefined;
  /** The whole definition, for parameters that are not above. */
  definition: JsonObject;
}>;

export type Dynamic = 'true' | 'false' | 'strict' | 'runtime';

export type DynamicTemplate = Readonly<{ name: string; conditions: JsonObject; mapping: JsonObject }>;

export type EffectiveMapping = Readonly<{
  /** Leaf fields and multi-fields by full name, aliases included (under the alias's name). Objects are not in it. */
  fields: ReadonlyMap<string, MappedField>;
  /** Object and nested fields by full name; `nested` ones have the type. */
  objects: ReadonlyMap<string, 'object' | 'nested'>;
  /** What happens to unmapped fields below the object `path` (empty is the root). */
  dynamicAt: (path: string) => Dynamic;
  dateDetection: boolean;
  numericDetection: boolean;
  dynamicDateFormats: readonly string[];
  dynamicTemplates: readonly DynamicTemplate[];
  meta: JsonObject | undefined;
  /** The mapping as stored. */
  source: Mapping;
}>;

function fieldOf(path: string, sourcePath: string, definition: JsonObject): MappedField {
  const ignoreAbove = Number(definition.ignore_above ?? 0);
  return {
    path,
    type: typeOf(definition),
    sourcePath,
    ignoreAbove: Number.isFinite(ignoreAbove) && ignoreAbove > 0 ? ignoreAbove : 0,
    format: typeof definition.format === 'string' ? definition.format : undefined,
    indexed: String(definition.index ?? 'true') !== 'false',
    nullValue: definition.null_value,
    definition,
  };
}

function addLeaf(fields: Map<string, MappedField>, path: string, definition: JsonObject): void {
  fields.set(path, fieldOf(path, path, definition));
  for (const [sub, subDefinition] of Object.entries(isJsonObject(definition.fields) ? definition.fields : {})) {
    fields.set(`${path}.${sub}`, fieldOf(`${path}.${sub}`, path, subDefinition as JsonObject));
  }
}

/** Reads a stored mapping. Pure; the catalogue keeps the result per index. */
export function effectiveMapping(mapping: Mapping): EffectiveMapping {
  const fields = new Map<string, MappedField>();
  const objects = new Map<string, 'object' | 'nested'>();
  const dynamics = new Map<string, Dynamic>();
  const aliases: [string, string][] = [];
  const walk = (node: JsonObject, prefix: string): void => {
    if (node.dynamic !== undefined) dynamics.set(prefix.slice(0, -1), String(node.dynamic) as Dynamic);
    if (!isJsonObject(node.properties)) return;
    for (const [name, definition] of Object.entries(node.properties) as [string, JsonObject][]) {
      const path = prefix + name;
      if (isObjectField(definition)) {
        objects.set(path, definition.type === 'nested' ? 'nested' : 'object');
        walk(definition, `${path}.`);
      } else if (definition.type === 'alias') aliases.push([path, String(definition.path)]);
      else addLeaf(fields, path, definition);
    }
  };
  walk(mapping, '');
  for (const [path, target] of aliases) {
    const field = fields.get(target);
    if (field) fields.set(path, { ...field, path });
  }
  const formats = mapping.dynamic_date_formats;
  return {
    fields,
    objects,
    dynamicAt: (path) => nearest(dynamics, path),
    dateDetection: String(mapping.date_detection ?? 'true') !== 'false',
    numericDetection: String(mapping.numeric_detection ?? 'false') === 'true',
    dynamicDateFormats: Array.isArray(formats) ? formats.map(String) : ['strict_date_optional_time', 'yyyy/MM/dd HH:mm:ss Z||yyyy/MM/dd Z'],
    dynamicTemplates: parseDynamicTemplates(mapping.dynamic_templates),
    meta: isJsonObject(mapping._meta) ? mapping._meta : undefined,
    source: mapping,
  };
}

function nearest(dynamics: ReadonlyMap<string, Dynamic>, path: string): Dynamic {
  for (let at = path; ; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
    const found = dynamics.get(at);
    if (found !== undefined) return found;
    if (at === '') return 'true';
  }
}

function parseDynamicTemplates(list: JsonValue | undefined): readonly DynamicTemplate[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly JsonObject[]).map((item) => {
    const [name, conditions] = Object.entries(item)[0] as [string, JsonObject];
    const mapping = conditions.mapping ?? conditions.runtime;
    return { name, conditions, mapping: isJsonObject(mapping) ? mapping : {} };
  });
}

/** What JSON (or date detection) says a new field is. */
export type JsonKind = 'string' | 'date' | 'long' | 'double' | 'boolean' | 'object' | 'binary';

/**
 * The mapping that the first matching dynamic template gives a new field, with `{name}` and `{dynamic_type}` filled in; undefined when
 * none matches.
 */
export function dynamicTemplateFor(templates: readonly DynamicTemplate[], path: string, kind: JsonKind): JsonObject | undefined {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const template = templates.find(({ conditions }) => {
    const regex = conditions.match_pattern === 'regex';
    return (
      accepts(conditions.match, name, regex, true) &&
      !accepts(conditions.unmatch, name, regex, false) &&
      accepts(conditions.path_match, path, false, true) &&
      !accepts(conditions.path_unmatch, path, false, false) &&
      accepts(conditions.match_mapping_type, kind, false, true) &&
      !accepts(conditions.unmatch_mapping_type, kind, false, false)
    );
  });
  return template && (fill(template.mapping, name, kind === 'string' ? 'text' : kind) as JsonObject);
}

function accepts(condition: JsonValue | undefined, text: string, regex: boolean, absent: boolean): boolean {
  if (condition === undefined) return absent;
  const patterns = (Array.isArray(condition) ? condition : [condition]).map(String);
  return patterns.some((pattern) => (regex ? matchesRegex(pattern, text) : matchesPattern(pattern, text)));
}

/** Stored expressions were checked when they were put: they compile and have few quantifiers. */
function matchesRegex(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`, 'u').test(text.slice(0, 256));
}

function fill(value: JsonValue, name: string, type: string): JsonValue {
  if (typeof value === 'string') return value.replaceAll('{name}', name).replaceAll('{dynamic_type}', type);
  if (Array.isArray(value)) return value.map((item) => fill(item, name, type));
  if (!isJsonObject(value)) return value;
  return joinObjects(...Object.entries(value).map(([key, member]) => ({ [key]: fill(member, name, type) })));
}
