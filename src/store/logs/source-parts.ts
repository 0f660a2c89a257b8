import { members, scanDocument, valueKind } from '../../lib/json/scan-document.ts';
import { type AliasedPath, logAliases, logColumn, logFields, logGroups } from '../../model/log-fields.ts';
import { keyColumn } from './load-statement.ts';

/**
 * The document as it came in: the inverse of `load-statement.ts`. Put together here from columns that the engine only hands
 * over: it analyses the text of a query anew each time, and an expression that prints JSON took it longer than finding the rows.
 */
const aliased = Object.keys(logAliases) as AliasedPath[];
const isAliased = (path: string): path is AliasedPath => path in logAliases;

/** Whether something of the field is shown; it may be asked for by one of its other names. */
export type IsShown = (path: string) => boolean;

/**
 * SQL of the columns that `sourceText` makes the document of, those of fields that are not shown left empty. Only for rows that
 * are returned, since it reads almost every column. Floats go out as text, because reading them as numbers and printing them
 * again may spell them differently.
 */
export function sourceParts(isShown: IsShown = () => true): string {
  const columns = logFields.map(({ path, kind }) => {
    const names: readonly string[] = isAliased(path) ? [path, ...logAliases[path]] : [path];
    if (!names.some(isShown)) return `''`;
    return kind === 'float' ? `toString(${logColumn(path)})` : logColumn(path);
  });
  return `tuple(${['raw', 'rest', 'timestamp', 'timestamp_form', ...aliased.map(keyColumn), ...columns].join(', ')})`;
}

const firstKey = 4;
const firstField = firstKey + aliased.length;

const fields = logFields.map(({ path, kind }, index) => {
  const dot = path.indexOf('.');
  return {
    part: firstField + index,
    path,
    group: path.slice(0, Math.max(dot, 0)),
    label: `${JSON.stringify(path.slice(dot + 1))}:`,
    /** Numbers and objects are JSON already. */
    isText: kind === 'keyword' || kind === 'id' || kind === 'text',
    keyPart: isAliased(path) ? firstKey + aliased.indexOf(path) : undefined,
  };
});

/** Decimal places of a Unix time by its form, see `load-statement.ts`. */
const unixDigits: Readonly<Record<string, number>> = { 100: 10, 103: 13, 106: 16, 109: 19 };
const suffixes = ['Z', '+00:00', ''];

/** `time` is as the engine prints a DateTime64(9): `2026-11-20 10:00:00.123456000`. */
function timestampText(time: string, form: number): string {
  const [date, clock] = [time.slice(0, 10), time.slice(11)];
  const digits = unixDigits[form];
  if (digits !== undefined) {
    const nanos = `${Date.parse(`${date}T${clock.slice(0, 8)}Z`) / 1000}${clock.slice(9)}`;
    return nanos.slice(0, nanos.length - 19 + digits);
  }
  const fraction = form % 16;
  return `"${date}T${clock.slice(0, fraction === 0 ? 8 : 9 + fraction)}${suffixes[form >> 4]}"`;
}

type Members = { readonly top: string[]; readonly inGroup: Map<string, string[]>; readonly others: string[] };

function addToGroup({ inGroup }: Members, group: string, text: string): void {
  const texts = inGroup.get(group) ?? [];
  texts.push(text);
  inGroup.set(group, texts);
}

function addRest(found: Members, rest: string): void {
  if (rest === '') return;
  const bytes = Buffer.from(`{${rest}}`);
  scanDocument(bytes, 0, bytes.length);
  for (let member = 0; member < members.count; member++) {
    if (members.depth[member] !== 1) continue;
    const [keyStart, keyEnd] = [members.keyStart[member] as number, members.keyEnd[member] as number];
    const [start, end] = [members.valueStart[member] as number, members.valueEnd[member] as number];
    const key = bytes.toString('utf8', keyStart, keyEnd);
    if (members.kind[member] === valueKind.object && logGroups.includes(key))
      addToGroup(found, key, bytes.toString('utf8', start + 1, end - 1));
    else found.others.push(bytes.toString('utf8', keyStart - 1, end));
  }
}

/** The document as JSON text; `parts` is a value of `sourceParts`, whose texts of numbers are NULL where there is none. */
export function sourceText(parts: unknown): string {
  const texts = parts as readonly (string | number | null)[];
  const [raw, rest, time, form] = texts;
  if (raw !== '') return String(raw);
  const found: Members = { top: [], inGroup: new Map(), others: [] };
  if (Number(form) < 254) found.top.push(`${JSON.stringify(texts[firstKey])}:${timestampText(String(time), Number(form))}`);
  for (const { part, path, group, label, isText, keyPart } of fields) {
    const value = texts[part];
    if (value === '' || value === null) continue;
    const text = isText && !(path === 'level' && /^\d+$/.test(String(value))) ? JSON.stringify(value) : String(value);
    const key = keyPart === undefined ? path : texts[keyPart];
    if (key !== path) found.top.push(`${JSON.stringify(key)}:${text}`);
    else if (group === '') found.top.push(label + text);
    else addToGroup(found, group, label + text);
  }
  addRest(found, String(rest));
  for (const [group, members] of found.inGroup) found.top.push(`"${group}":{${members.join(',')}}`);
  return `{${[...found.top, ...found.others].join(',')}}`;
}
