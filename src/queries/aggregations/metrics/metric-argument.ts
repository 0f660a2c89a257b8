import { sqlNumber } from '../../../lib/sql-text.ts';
import { parseDate, printMillis } from '../date-value.ts';
import { type FieldValues, keyKind, numericValues, withMissing } from '../field-values.ts';
import type { Level } from '../level.ts';
import type { Params } from '../params.ts';
import { printNumber } from '../print-number.ts';

export type MetricField = Readonly<{ field: string; missing: unknown; format: string | undefined; params: Params }>;

/** `field`, `missing` and `format`, which all numeric metrics share. */
export function parseMetricField(params: Params): MetricField {
  params.ignore('value_type', 'script');
  return { field: params.field(), missing: params.get('missing'), format: params.string('format'), params };
}

/** Float64 values of the metric's field in a level; `printAs` is the kind they were. Undefined when unmapped. */
export type MetricArgument = Readonly<{ sql: string; array: boolean; values: FieldValues; printAs: 'number' | 'date' | 'boolean' }>;

export function metricArgument(level: Level, source: MetricField, type: string): MetricArgument | undefined {
  const field = level.context.fields.find(source.field);
  const found = numericValues(level.context.fields, source.field, type);
  const kind = keyKind(field);
  const printAs = kind === 'time' ? 'date' : kind === 'boolean' ? 'boolean' : 'number';
  if (source.missing === undefined) return found === undefined ? undefined : { sql: found.sql, array: found.array, values: found, printAs };
  const substitute = `toFloat64(${sqlNumber(missingNumber(level, source, printAs))})`;
  if (found === undefined) {
    const values: FieldValues = { sql: substitute, kind: 'float', array: false, missing: 'never', dateFormat: undefined };
    return { sql: substitute, array: false, values, printAs: 'number' };
  }
  const values = withMissing(found, substitute);
  return { sql: values.sql, array: values.array, values, printAs };
}

/** `value`, and `value_as_string` for dates, booleans and with a `format`. */
export function printed(value: number | null, argument: MetricArgument, format: string | undefined): Record<string, unknown> {
  const text = asString(value, argument, format);
  return text === undefined ? { value } : { value, value_as_string: text };
}

export function asString(value: number | null, argument: MetricArgument, format: string | undefined): string | undefined {
  if (value === null) return undefined;
  if (argument.printAs === 'date') return printMillis(Math.trunc(value), format ?? argument.values.dateFormat);
  if (argument.printAs === 'boolean') return value === 0 ? 'false' : 'true';
  return format === undefined ? undefined : printNumber(value, format);
}

function missingNumber(level: Level, source: MetricField, printAs: MetricArgument['printAs']): number {
  if (printAs === 'date') return parseDate(source.missing, { now: level.context.now, format: source.format });
  const number = Number(source.missing);
  if (typeof source.missing === 'object' || !Number.isFinite(number)) throw source.params.wrongValue('missing', source.missing);
  return number;
}
