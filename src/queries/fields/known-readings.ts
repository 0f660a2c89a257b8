import { sqlString } from '../../lib/sql-text.ts';
import { type LogField, logColumn, logFields } from '../../model/log-fields.ts';
import { docReading, hasDocValue, mask } from './doc-reading.ts';
import type { Reading } from './field.ts';
import { isStoredAlias, otherNames } from './field-names.ts';

/** Types of each path of `doc` in the indices of a request. */
export type DocTypes = ReadonlyMap<string, readonly string[]>;

const knownFields: ReadonlyMap<string, LogField> = new Map(logFields.map((field) => [field.path, field]));

export function knownField(path: string): LogField | undefined {
  return knownFields.get(path);
}

const isNumeric = (field: LogField) => field.kind === 'float' || field.kind === 'integer';

/**
 * Whether a value of this type in `doc` is more than what the loader made of it in the column: it turns an array into its
 * text, and a fraction in an integer field into its integer part.
 */
function isDistorted(field: LogField, type: string): boolean {
  if (!isNumeric(field)) return type.startsWith('Array(');
  return type === 'Bool' || (field.kind === 'integer' && type === 'Float64');
}

/**
 * Readings of a known field that was asked for as `name` (its own or another name). The column comes first: it has the
 * indexes. Rows whose document was kept whole have their values in the column and in `doc`; those of `doc` count only where
 * the column is empty, or where the column's value is not the document's.
 */
export function knownReadings(field: LogField, name: string, docTypes: DocTypes): readonly Reading[] {
  const paths = [...new Set([field.path, name, ...(otherNames.get(field.path) ?? [])])];
  const distortions: string[] = [];
  const fromDoc: Reading[] = [];
  for (const path of paths) {
    for (const type of docTypes.get(path) ?? []) {
      const distorted = fillsColumn(field, path) && isDistorted(field, type);
      if (distorted) distortions.push([...whereColumnIsFrom(field, path), hasDocValue(path, type)].join(' AND '));
      const reading = docReading(path, type, distorted ? whereDistorted(field, name, path) : whereDocCounts(field, name, path));
      if (reading) fromDoc.push(reading);
    }
  }
  return [mask(columnReading(field), distortions.length === 0 ? undefined : `NOT (${distortions.join(' OR ')})`), ...fromDoc];
}

const fillsColumn = (field: LogField, path: string) => path === field.path || isStoredAlias(field.path, path);

/** Conditions under which the column's value came from this name. */
function whereColumnIsFrom(field: LogField, path: string): string[] {
  return (otherNames.get(field.path) ?? []).some((name) => isStoredAlias(field.path, name))
    ? [`${logColumn(field.path)}_key = ${sqlString(path)}`]
    : [];
}

function whereDistorted(field: LogField, name: string, path: string): string | undefined {
  return path === name ? undefined : whereColumnIsFrom(field, path)[0];
}

function columnReading(field: LogField): Reading {
  const sql = logColumn(field.path);
  if (field.kind === 'object') return { sql: `if(${sql} = '{}', '', ${sql})`, type: 'string', array: false, missing: 'empty' };
  if (field.kind === 'float' || field.kind === 'integer') return { sql, type: field.kind, array: false, missing: 'null' };
  return { sql, type: 'string', array: false, missing: 'empty' };
}

function whereDocCounts(field: LogField, name: string, path: string): string | undefined {
  const column = logColumn(field.path);
  // Asked by the name that the document used: the value counts even when the document has the field under its own name too.
  if (path === name && path !== field.path) return isStoredAlias(field.path, name) ? `${column}_key != ${sqlString(name)}` : undefined;
  return isNumeric(field) ? `isNull(${column})` : `${column} = ''`;
}
