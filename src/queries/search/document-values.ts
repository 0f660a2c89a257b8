import { matchesPattern } from '../../catalogue/name-pattern.ts';
import { printDate } from '../../lib/dates/date-format.ts';
import { resolveDateMath } from '../../lib/dates/date-math.ts';
import { utc } from '../../lib/dates/time-zone.ts';
import { ExactNumber, isJsonObject, type JsonValue } from '../../lib/json/json-text.ts';
import type { Fields } from '../fields/field.ts';
import { otherNames } from '../fields/field-names.ts';
import type { FieldRequest } from './field-request.ts';

/** The values of a document by dotted path, arrays flattened, nulls left out. */
export type DocumentValues = ReadonlyMap<string, readonly JsonValue[]>;

export function valuesOf(document: JsonValue): DocumentValues {
  const found = new Map<string, JsonValue[]>();
  collect(document, '', found);
  return found;
}

function collect(value: JsonValue, path: string, found: Map<string, JsonValue[]>): void {
  if (value === null) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) collect(item, path, found);
  } else if (isJsonObject(value) && !(value instanceof ExactNumber)) {
    for (const [name, member] of Object.entries(value)) collect(member, path === '' ? name : `${path}.${name}`, found);
  } else {
    const values = found.get(path);
    if (values) values.push(value);
    else found.set(path, [value]);
  }
}

/** Names under which a document may hold a field. */
export function namesOf(name: string, fields: Fields): readonly string[] {
  const canonical = fields.find(name).name;
  return [...new Set([name, canonical, ...(otherNames.get(canonical) ?? [])])];
}

/** `hit.fields`: the values that were asked for, each in an array. `nanos` is the record's time. */
export function requestedFields(
  values: DocumentValues,
  requests: readonly FieldRequest[],
  fields: Fields,
  nanos: bigint,
  identity: Readonly<{ index: string; id: string }>,
): Readonly<Record<string, readonly JsonValue[]>> {
  const result: Record<string, readonly JsonValue[]> = Object.create(null);
  for (const request of requests) {
    const names = request.pattern.includes('*') ? matchingNames(request.pattern, values) : [request.pattern];
    for (const name of names) {
      const found = valuesUnder(name, values, fields, nanos, identity, request.format);
      if (found.length > 0) result[name] = found;
    }
  }
  return result;
}

const matchingNames = (pattern: string, values: DocumentValues) => [...values.keys()].filter((path) => matchesPattern(pattern, path));

function valuesUnder(
  name: string,
  values: DocumentValues,
  fields: Fields,
  nanos: bigint,
  identity: Readonly<{ index: string; id: string }>,
  format: string | undefined,
): readonly JsonValue[] {
  if (name === '_id') return [identity.id];
  if (name === '_index') return [identity.index];
  const field = fields.find(name);
  if (field.name === 'timestamp') return [printInstant(nanos, format ?? field.dateFormat)];
  const own = namesOf(name, fields).find((one) => values.has(one)) ?? baseName(name);
  const found = values.get(own) ?? [];
  if (format === undefined && field.type !== 'date') return found;
  return found.map((value) => formatValue(value, field.type === 'date', format ?? field.dateFormat));
}

/** `msg.keyword` has the values of `msg`. */
const baseName = (name: string) => name.slice(0, Math.max(name.lastIndexOf('.'), 0));

function printInstant(nanos: bigint, format: string | undefined): string {
  return printDate(nanos, format ?? 'strict_date_optional_time', utc);
}

function formatValue(value: JsonValue, isDate: boolean, format: string | undefined): JsonValue {
  if (!isDate || (typeof value !== 'string' && !(value instanceof ExactNumber) && typeof value !== 'number')) return value;
  try {
    return printInstant(resolveDateMath(value instanceof ExactNumber ? value.text : String(value), { now: 0, roundUp: false }), format);
  } catch {
    // What is no date is shown as it is, as a malformed value is in Elasticsearch.
    return value;
  }
}
