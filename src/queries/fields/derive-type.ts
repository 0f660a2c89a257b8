import type { Field, MappedType, Reading } from './field.ts';

const sameTypes = new Set<string>([
  'keyword',
  'text',
  'long',
  'double',
  'float',
  'integer',
  'boolean',
  'date',
  'date_nanos',
  'ip',
  'geo_point',
  'object',
  'match_only_text',
  'wildcard',
  'constant_keyword',
] satisfies MappedType[]);

const otherTypes: ReadonlyMap<string, MappedType> = new Map([
  ['short', 'integer'],
  ['byte', 'integer'],
  ['unsigned_long', 'double'],
  ['half_float', 'float'],
  ['scaled_float', 'double'],
  ['search_as_you_type', 'text'],
  ['annotated_text', 'text'],
  ['completion', 'text'],
  ['geo_shape', 'geo_point'],
  ['nested', 'object'],
]);

/** The type of an explicit mapping, reduced to those that queries distinguish. What is left is compared as a whole: keyword. */
export function mappedType(type: string): MappedType {
  if (sameTypes.has(type)) return type as MappedType;
  return otherTypes.get(type) ?? 'keyword';
}

export function termsOf(type: MappedType): Field['terms'] {
  return type === 'text' || type === 'match_only_text' ? 'tokens' : 'exact';
}

/** What Elasticsearch's dynamic mapping would have made of the values. Strings that look like dates stay strings. */
export function derivedType(readings: readonly Pick<Reading, 'type'>[]): MappedType {
  const types = new Set(readings.map((reading) => reading.type));
  if (types.size === 0 || types.has('string')) return 'keyword';
  if (types.has('time')) return 'date';
  if (types.has('boolean')) return types.size === 1 ? 'boolean' : 'keyword';
  return types.has('float') ? 'double' : 'long';
}
