import { printDate } from '../../lib/dates/date-format.ts';
import { resolveDateMath } from '../../lib/dates/date-math.ts';
import { utc } from '../../lib/dates/time-zone.ts';
import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import { type JsonValue, stringifyJson } from '../../lib/json/json-text.ts';
import { automaticId, parseAutomaticId } from '../../model/journal-line.ts';
import { placeColumns } from '../../store/logs/row-place.ts';
import type { Field, Fields } from '../fields/field.ts';
import type { SortKey } from './sort-key.ts';
import type { SortRequest } from './sort-request.ts';

/**
 * The two orders that the table is made for: the record's time, and the order of arrival (segment, row).
 *
 * The table is sorted by time in nanoseconds, and Elasticsearch shows times in milliseconds. So that pages by
 * `search_after` neither lose nor repeat records of one millisecond, the value of `_doc` behind a time holds the rest
 * of the nanoseconds too: 6 digits, then the 20 of the automatic id. It grows like the order, and is opaque to clients.
 */
const nanosPerMilli = 1_000_000n;

/** Whether the key is the record's own time, as it stands in the table's primary key. */
export function isRecordTime(request: SortRequest, fields: Fields): boolean {
  const [reading, second] = fields.find(request.field).readings;
  return reading?.sql === 'timestamp' && second === undefined;
}

/** Items of ORDER BY that the table can be read in, when they are all of them. */
export const tableOrder = (descending: boolean): string =>
  placeColumns.map((column) => `${column} ${descending ? 'DESC' : 'ASC'}`).join(', ');

const nanosOfRecord = 'toUnixTimestamp64Nano(timestamp)';

const instant = (nanos: bigint) => `fromUnixTimestamp64Nano(toInt64(${nanos}), 'UTC')`;

/** `exact`: rows may be ordered by nanoseconds, because no key but the order of arrival follows. */
export function recordTimeKey(request: SortRequest, field: Field, now: number, exact: boolean): SortKey {
  const { descending, format } = request;
  const showsNanos = request.numericType === 'date_nanos' || (field.type === 'date_nanos' && request.numericType !== 'date');
  const unit = showsNanos ? 1n : nanosPerMilli;
  const sql = exact || showsNanos ? 'timestamp' : 'toUnixTimestamp64Milli(timestamp)';
  return {
    order: [`${sql} ${descending ? 'DESC' : 'ASC'}`],
    output: nanosOfRecord,
    print: (value) => {
      const nanos = BigInt(String(value));
      if (format !== undefined) return JSON.stringify(printDate(nanos, format, utc));
      return String(showsNanos ? nanos : floorDivide(nanos, nanosPerMilli));
    },
    behind: (value) => {
      const start = boundOf(value, request, unit, now);
      const end = start + unit;
      return {
        equal: `(timestamp >= ${instant(start)} AND timestamp < ${instant(end)})`,
        after: descending ? `timestamp < ${instant(start)}` : `timestamp >= ${instant(end)}`,
      };
    },
  };
}

function boundOf(value: JsonValue, { field, format }: SortRequest, unit: bigint, now: number): bigint {
  const text = sortValueText(value);
  const isNumber = /^-?\d{1,19}$/.test(text);
  if (isNumber && (typeof value !== 'string' || format === undefined)) {
    const nanos = BigInt(text) * unit;
    if (BigInt.asIntN(63, nanos) === nanos) return nanos;
  } else if (typeof value === 'string') {
    return floorDivide(resolveDateMath(text, { now, roundUp: false, format }), unit) * unit;
  }
  throw illegalArgument(`Failed to parse search_after value for field [${field}]: [${text.slice(0, 200)}]`);
}

/** A value of `search_after` as text; arrays and objects as JSON, which no value of a field looks like. */
export function sortValueText(value: JsonValue): string {
  return typeof value === 'string' ? value : stringifyJson(value);
}

const remainder = (nanos: bigint, unit: bigint) => ((nanos % unit) + unit) % unit;

const floorDivide = (nanos: bigint, unit: bigint) => (nanos - remainder(nanos, unit)) / unit;

/** The order of arrival, behind the record's time when `time` is given. */
export function docKey(descending: boolean, time: Readonly<{ descending: boolean }> | undefined): SortKey {
  const direction = descending ? 'DESC' : 'ASC';
  const sign = descending ? '<' : '>';
  return {
    order: [`_segment ${direction}`, `_row ${direction}`],
    output: `tuple(${time ? nanosOfRecord : "''"}, _segment, _row)`,
    print: (value) => {
      const [nanos, segment, row] = value as readonly [nanos: string, segment: string, row: number];
      const id = automaticId(Number(segment), row);
      return JSON.stringify(time ? `${String(remainder(BigInt(nanos), nanosPerMilli)).padStart(6, '0')}${id}` : id);
    },
    behind: (value) => {
      const { nanos, segment, row } = parseToken(value, time !== undefined);
      const after = `(_segment ${sign} ${segment} OR (_segment = ${segment} AND _row ${sign} ${row}))`;
      if (!time) return { equal: `(_segment = ${segment} AND _row = ${row})`, after };
      const here = `positiveModulo(${nanosOfRecord}, 1000000)`;
      return {
        equal: `(${here} = ${nanos} AND _segment = ${segment} AND _row = ${row})`,
        after: `(${here} ${time.descending ? '<' : '>'} ${nanos} OR (${here} = ${nanos} AND ${after}))`,
      };
    },
  };
}

function parseToken(value: JsonValue, withTime: boolean): Readonly<{ nanos: number; segment: number; row: number }> {
  const text = typeof value === 'string' ? value : '';
  const nanos = withTime ? text.slice(0, 6) : '0';
  const place = /^\d{1,6}$/.test(nanos) ? parseAutomaticId(withTime ? text.slice(6) : text) : undefined;
  if (!place)
    throw illegalArgument(
      `Failed to parse search_after value for field [_doc]: [${sortValueText(value).slice(0, 100)}] is not a sort value of this search`,
    );
  return { nanos: Number(nanos), ...place };
}
