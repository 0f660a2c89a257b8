import { matchesPattern } from '../../../catalogue/name-pattern.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Call } from '../call.ts';
import type { Answer } from '../send-answer.ts';

/** A cell: text, a number, bytes that `?bytes=` shows in a unit, or nothing. */
export type Cell = string | number | Readonly<{ bytes: number }> | undefined;

export type Column<Row> = Readonly<{
  name: string;
  /** Short names that `?h=` and `?s=` understand too. */
  aliases?: readonly string[];
  about: string;
  /** False: shown only when `?h=` asks for it. */
  shown?: boolean;
  right?: boolean;
  value: (row: Row) => Cell;
}>;

const unitNames = ['b', 'kb', 'mb', 'gb', 'tb', 'pb'];

/** `225b`, `1.2mb`: one decimal, cut and not rounded, as Elasticsearch prints sizes. */
export function humanBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < unitNames.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Math.floor(value * 10) / 10}${unitNames[unit]}`;
}

function cellText(cell: Cell, unit: string | undefined): string | undefined {
  if (cell === undefined || typeof cell === 'string') return cell;
  if (typeof cell === 'number') return String(cell);
  if (unit === undefined) return humanBytes(cell.bytes);
  return String(Math.floor(cell.bytes / 1024 ** unitNames.indexOf(unit)));
}

const sortValue = (cell: Cell): string | number => (typeof cell === 'object' ? cell.bytes : (cell ?? ''));

function isNamed<Row>(column: Column<Row>, name: string): boolean {
  return column.name === name || (column.aliases?.includes(name) ?? false);
}

function chosenColumns<Row>(columns: readonly Column<Row>[], h: string | undefined): readonly Column<Row>[] {
  if (h === undefined || h === '') return columns.filter(({ shown }) => shown !== false);
  const names = h.split(',').map((name) => name.trim().toLowerCase());
  const chosen = names.flatMap((name) => {
    if (name.includes('*')) return columns.filter((column) => matchesPattern(name, column.name));
    return columns.filter((column) => isNamed(column, name));
  });
  return [...new Set(chosen)];
}

function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], s: string | undefined): readonly Row[] {
  if (!s) return rows;
  const keys = s.split(',').map((part) => {
    const [name = '', order = 'asc'] = part.trim().toLowerCase().split(':');
    const column = columns.find((candidate) => isNamed(candidate, name));
    if (!column) throw illegalArgument(`Unable to sort by unknown sort key \`${name}\``);
    return { column, sign: order === 'desc' ? -1 : 1 };
  });
  return [...rows].sort((left, right) => {
    for (const { column, sign } of keys) {
      const [a, b] = [sortValue(column.value(left)), sortValue(column.value(right))];
      if (a !== b) return (a < b ? -1 : 1) * sign;
    }
    return 0;
  });
}

/** JSON when `format=json` or when `Accept` names JSON and nothing else; a list of types still gives text. */
function wantsJson(call: Call): boolean {
  const format = call.text('format');
  if (format !== undefined && !['json', 'text', 'txt'].includes(format))
    throw illegalArgument(`format [${format}] is not supported; use json or text`);
  if (format !== undefined) return format === 'json';
  const accept = call.headers.accept ?? '';
  return !accept.includes(',') && /^application\/(?:json|vnd\.elasticsearch\+json)\b/i.test(accept.trim());
}

/** A `_cat` answer with `v`, `h`, `s`, `bytes`, `format` and `help`. */
export function catAnswer<Row>(call: Call, columns: readonly Column<Row>[], rows: readonly Row[]): Answer {
  const unit = call
    .text('bytes')
    ?.toLowerCase()
    .replace(/^([kmgtp])$/, '$1b');
  if (unit !== undefined && !unitNames.includes(unit)) throw illegalArgument(`bytes unit [${unit}] is not one of b, kb, mb, gb, tb, pb`);
  if (call.flag('help')) {
    const lines = columns.map(({ name, aliases, about }) => [name, '|', (aliases ?? []).join(',') || '-', '|', about]);
    return { text: alignColumns(lines, []) };
  }
  const chosen = chosenColumns(columns, call.text('h'));
  const cells = sortRows(rows, columns, call.text('s')).map((row) => chosen.map((column) => cellText(column.value(row), unit)));
  if (wantsJson(call)) {
    return { json: cells.map((line) => Object.fromEntries(line.map((cell, at) => [chosen[at]?.name ?? '', cell ?? null]))) };
  }
  const header = call.flag('v') ? [chosen.map(({ name }) => name)] : [];
  const lines = cells.map((line) => line.map((cell) => cell ?? ''));
  return {
    text:
      chosen.length === 0
        ? ''
        : alignColumns(
            [...header, ...lines],
            chosen.map(({ right }) => right === true),
          ),
  };
}

function alignColumns(lines: readonly (readonly string[])[], right: readonly boolean[]): string {
  const widths: number[] = [];
  for (const line of lines) for (const [at, cell] of line.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  const pad = (cell: string, at: number) => {
    if (right[at]) return cell.padStart(widths[at] ?? 0);
    return at === widths.length - 1 ? cell : cell.padEnd(widths[at] ?? 0);
  };
  return lines.map((line) => `${line.map(pad).join(' ')}\n`).join('');
}
