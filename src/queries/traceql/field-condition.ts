import { sqlNumber, sqlString } from '../../lib/sql-text.ts';
import { traceKey } from '../../model/trace-id.ts';
import { attributeCondition, type Comparand, matchSql } from './attribute-condition.ts';
import { knownAttribute } from './mesh-names.ts';
import type { ComparisonOperator, Field, Intrinsic } from './query.ts';
import { type Approximation, allOf, and, anyOf, exactly, or, type Sql, unknown } from './sql-approximation.ts';
import { compareValues } from './values.ts';

/** Whose row is looked at: the span's, or that of the span which called it, or that of the root of its trace. */
export type Subject = 'span' | 'parent' | 'root';

/** A comparison of a field with a constant, as SQL over the row of a whole span. */
export function fieldCondition(field: Field, operator: ComparisonOperator, value: Comparand, subject: Subject): Approximation {
  if (subject === 'root') return rootCondition(field, operator, value);
  if (field.ofParent !== (subject === 'parent')) return unknown;
  if (field.of === 'intrinsic') return intrinsicCondition(field.intrinsic, operator, value);
  const known = knownAttribute(field.scope, field.name);
  if (known === undefined) return plainAttribute(field, operator, value);
  const { column, alone } = known;
  const ofColumn = column.type === 'text' ? textColumn(column.sql, operator, value, false) : countColumn(column.sql, operator, value);
  if (alone) return ofColumn;
  const ofAttribute = plainAttribute(field, operator, value);
  if (value === null && operator === '=') return allOf([ofColumn, ofAttribute]);
  // The column counts first, so what attributes say is sure only where it says nothing.
  return { over: or([ofColumn.over, ofAttribute.over]), under: ofColumn.under };
}

function rootCondition(field: Field, operator: ComparisonOperator, value: Comparand): Approximation {
  if (field.of !== 'intrinsic' || (field.intrinsic !== 'rootName' && field.intrinsic !== 'rootService')) return unknown;
  return textColumn(field.intrinsic === 'rootName' ? 'name' : 'service', operator, value, true);
}

function textColumn(sql: string, operator: ComparisonOperator, value: Comparand, emptyIsText: boolean): Approximation {
  if (value === null) return exactly(`${operator === '=' ? 'empty' : 'notEmpty'}(${sql})`);
  if (typeof value !== 'string') return exactly(false);
  const present: Sql = emptyIsText ? true : `notEmpty(${sql})`;
  switch (operator) {
    case '=':
      return exactly(value === '' && !emptyIsText ? false : `${sql} = ${sqlString(value)}`);
    case '=~':
      return exactly(and([present, matchSql(sql, value)]));
    case '!~':
      return exactly(and([present, `NOT ${matchSql(sql, value)}`]));
    default:
      return exactly(and([present, `${sql} ${operator} ${sqlString(value)}`]));
  }
}

function countColumn(sql: string, operator: ComparisonOperator, value: Comparand): Approximation {
  if (value === null) return exactly(`${sql} IS ${operator === '=' ? '' : 'NOT '}NULL`);
  if ((typeof value !== 'number' && typeof value !== 'bigint') || operator === '=~' || operator === '!~') return exactly(false);
  // Counts beyond 2^53 are doubles in a `Span`.
  if (!Number.isSafeInteger(Number(value))) return { over: `${sql} IS NOT NULL`, under: false };
  return exactly(`ifNull(${sql} ${operator} ${sqlNumber(value)}, 0)`);
}

function plainAttribute(field: Extract<Field, { of: 'attribute' }>, operator: ComparisonOperator, value: Comparand): Approximation {
  const { name, scope } = field;
  switch (scope) {
    case 'span':
      return attributeCondition('attributes', name, operator, value);
    case 'resource':
      return attributeCondition('resource', name, operator, value);
    case 'any': {
      const [ofSpan, ofResource] = (['span', 'resource'] as const).map((one) =>
        plainAttribute({ ...field, scope: one }, operator, value),
      ) as [Approximation, Approximation];
      if (value === null) return operator === '=' ? allOf([ofSpan, ofResource]) : anyOf([ofSpan, ofResource]);
      return { over: or([ofSpan.over, ofResource.over]), under: ofSpan.under };
    }
    case 'event':
      return inText('events', name, operator, value);
    case 'link':
      return inText('links', name, operator, value);
    case 'instrumentation':
      return inText('scope', name, operator, value);
  }
}

/** JSON writes such text as it is, whoever wrote the JSON. */
const isPlain = (text: string) => /^[\w .:-]+$/.test(text);
const mentions = (column: string, text: string): Sql =>
  isPlain(text) ? `position(${column}, ${sqlString(`"${text}"`)}) > 0` : `notEmpty(${column})`;

/** A value somewhere in a column of JSON text: SQL tells only whether the name, and a text that is asked for, are mentioned. */
function inText(column: string, name: string | undefined, operator: ComparisonOperator, value: Comparand): Approximation {
  if (value === null && operator === '=') return unknown;
  const parts = [name === undefined ? `notEmpty(${column})` : mentions(column, name)];
  if (operator === '=' && typeof value === 'string') parts.push(mentions(column, value));
  return { over: and(parts), under: false };
}

const took = 'if(duration_ns > 0, duration_ns, greatest(toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start), 0))';

function durationCondition(operator: ComparisonOperator, value: Comparand): Approximation {
  if (value === null) return exactly(operator === '!=');
  if (typeof value !== 'number' && typeof value !== 'bigint') return exactly(false);
  const bound = sqlNumber(value);
  // Told apart so that the index of `duration_ns` can skip, and `end` is read for the rest only.
  return exactly(`(duration_ns ${operator} ${bound} AND duration_ns > 0 OR duration_ns <= 0 AND ${took} ${operator} ${bound})`);
}

function wordColumn(sql: string, unset: string, operator: ComparisonOperator, value: Comparand): Approximation {
  if (typeof value !== 'object' || value === null) return exactly(false);
  return exactly(`${sql} ${operator} ${sqlString(value.name === unset ? '' : value.name)}`);
}

function intrinsicCondition(intrinsic: Intrinsic, operator: ComparisonOperator, value: Comparand): Approximation {
  switch (intrinsic) {
    case 'name':
      return textColumn('name', operator, value, true);
    case 'statusMessage':
      return textColumn('status_message', operator, value, true);
    case 'spanId':
      return textColumn('span_id', operator, value, true);
    case 'parentId':
      return textColumn('parent_id', operator, value, true);
    case 'status':
      return wordColumn('status', 'unset', operator, value);
    case 'kind':
      return wordColumn('kind', 'unspecified', operator, value);
    case 'duration':
      return durationCondition(operator, value);
    case 'traceId':
      if (typeof value !== 'string' || (operator !== '=' && operator !== '!=')) return unknown;
      return { over: operator === '=' ? `trace_hash = cityHash64(${sqlString(traceKey(value))})` : true, under: false };
    case 'eventName':
      return inText('events', undefined, operator, value);
    case 'eventTimeSinceStart':
      return value === null ? unknown : { over: 'notEmpty(events)', under: false };
    case 'linkSpanId':
      return inText('links', undefined, operator, value);
    case 'linkTraceId':
      return value === null ? unknown : { over: 'notEmpty(links)', under: false };
    case 'nestedSetParent':
      // Only roots have a negative one.
      return typeof value === 'number' &&
        !compareValues(operator, 0, value, () => false) &&
        !compareValues(operator, 2 ** 53, value, () => false) &&
        value <= 0
        ? { over: 'empty(parent_id)', under: false }
        : unknown;
    default:
      return unknown;
  }
}
