import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json/json-text.ts';
import type { EffectiveMapping, MappedField } from './effective-mapping.ts';
import type { Settings } from './settings.ts';

/**
 * What an explicit mapping refuses: a value that is not of its field's type, and fields that `dynamic: strict` does not
 * know. Fields that nobody mapped take everything. Elasticsearch's rules for coercion (`"12"` is a number) hold.
 */
export type DocumentCheck = (document: JsonObject) => DocumentFailure | undefined;

export type DocumentFailure = Readonly<{ type: 'document_parsing_exception' | 'strict_dynamic_mapping_exception'; reason: string }>;

export type CheckOptions = Readonly<{
  /** Whether a text is a date of a mapping's format. Throws for a format that cannot be understood. */
  isDate: (text: string, format: string) => boolean;
}>;

const defaultDateFormat = 'strict_date_optional_time||epoch_millis';
const integerTypes: Readonly<Record<string, readonly [bigint, bigint]>> = {
  long: [-(2n ** 63n), 2n ** 63n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  short: [-32_768n, 32_767n],
  byte: [-128n, 127n],
  unsigned_long: [0n, 2n ** 64n - 1n],
};
const floatTypes: ReadonlySet<string> = new Set(['double', 'float', 'half_float', 'scaled_float']);

type Scalar = Exclude<JsonValue, null | readonly JsonValue[] | JsonObject>;

/** Undefined when the mapping refuses nothing, so that documents need not be read at all. */
export function documentCheck(mapping: EffectiveMapping, settings: Settings, options: CheckOptions): DocumentCheck | undefined {
  const ignoresByDefault = settings['index.mapping.ignore_malformed'] === 'true';
  const checked = new Map(
    [...mapping.fields].filter(([, field]) => isChecked(field) && String(field.definition.ignore_malformed ?? ignoresByDefault) !== 'true'),
  );
  const strict = [''].concat([...mapping.objects.keys()]).some((path) => mapping.dynamicAt(path) === 'strict');
  if (checked.size === 0 && !strict) return undefined;
  return (document) => checkObject(document, '', { mapping, checked, strict, options });
}

const isChecked = ({ type, path, sourcePath }: MappedField) =>
  path === sourcePath &&
  (type in integerTypes || floatTypes.has(type) || type === 'boolean' || type === 'date' || type === 'date_nanos' || type === 'ip');

type Context = Readonly<{ mapping: EffectiveMapping; checked: ReadonlyMap<string, MappedField>; strict: boolean; options: CheckOptions }>;

function checkObject(object: JsonObject, prefix: string, context: Context): DocumentFailure | undefined {
  for (const [name, value] of Object.entries(object)) {
    const path = prefix + name;
    const failure = unknownField(path, name, prefix, context) ?? checkValue(value, path, context);
    if (failure) return failure;
  }
  return undefined;
}

function unknownField(path: string, name: string, prefix: string, { mapping, strict }: Context): DocumentFailure | undefined {
  if (!strict || mapping.fields.has(path) || mapping.objects.has(path)) return undefined;
  const parent = prefix.slice(0, -1);
  if (mapping.dynamicAt(parent) !== 'strict') return undefined;
  // `a.b` as one key stands for an object.
  if ([...mapping.fields.keys()].some((known) => known.startsWith(`${path}.`))) return undefined;
  return {
    type: 'strict_dynamic_mapping_exception',
    reason: `[1:1] mapping set to strict, dynamic introduction of [${name}] within [${parent === '' ? '_doc' : parent}] is not allowed`,
  };
}

function checkValue(value: JsonValue, path: string, context: Context): DocumentFailure | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) {
      const failure = checkValue(item, path, context);
      if (failure) return failure;
    }
    return undefined;
  }
  const field = context.checked.get(path);
  if (isJsonObject(value)) {
    if (field) return wrongType(field, 'an object');
    return checkObject(value, `${path}.`, context);
  }
  return field && !fits(field, value as Scalar, context.options) ? wrongType(field, String(value)) : undefined;
}

function wrongType({ type, path }: MappedField, preview: string): DocumentFailure {
  return {
    type: 'document_parsing_exception',
    reason: `[1:1] failed to parse field [${path}] of type [${type}]. Preview of field's value: '${preview.slice(0, 100)}'`,
  };
}

function fits({ type, format, definition }: MappedField, value: Scalar, { isDate }: CheckOptions): boolean {
  if (type === 'boolean') return typeof value === 'boolean' || value === 'true' || value === 'false' || value === '';
  if (type === 'date' || type === 'date_nanos') return typeof value !== 'boolean' && isDate(String(value), format ?? defaultDateFormat);
  if (type === 'ip') return typeof value === 'string' && /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i.test(value);
  if (typeof value === 'boolean') return false;
  if (typeof value === 'string' && (String(definition.coerce ?? 'true') === 'false' || value.trim() === '')) return false;
  const number = typeof value === 'string' ? Number(value) : Number(String(value));
  if (!Number.isFinite(number)) return false;
  const range = integerTypes[type];
  if (!range) return true;
  const whole = BigInt(Math.trunc(number));
  return whole >= range[0] && whole <= range[1] + 1024n;
}
