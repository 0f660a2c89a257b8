import { copyCompact, members, type Scan, valueKind } from '../lib/json/scan-document.ts';
import { type LogFieldKind, logAliases, logFields, logGroups } from './log-fields.ts';

/**
 * Decides how a document is kept: when the typed columns of `logs` give each of its known fields back as it was, only the
 * members that no column holds are kept beside them, as JSON text. Otherwise the store keeps the whole line.
 */

type Rule = 'level' | 'timestamp' | 'group' | LogFieldKind;
type Known = Readonly<{
  name: Uint8Array;
  rule: Rule;
  /** Names of the same column share it, because a document may use only one of them. */
  slot: number;
  /** Of a group: its members. */
  inside: KeyTable | undefined;
}>;

/** Finds keys by their bytes. */
class KeyTable {
  readonly #buckets: Known[][] = Array.from({ length: 256 }, () => []);

  add(name: string, rule: Rule, slot: number, inside?: KeyTable): void {
    const bytes = Buffer.from(name);
    this.#bucket(bytes, 0, bytes.length).push({ name: bytes, rule, slot, inside });
  }

  find(bytes: Uint8Array, start: number, end: number): Known | undefined {
    const bucket = this.#bucket(bytes, start, end);
    const length = end - start;
    for (let position = 0; position < bucket.length; position++) {
      const known = bucket[position] as Known;
      const { name } = known;
      if (name.length !== length) continue;
      let at = 0;
      while (at < length && name[at] === bytes[start + at]) at++;
      if (at === length) return known;
    }
    return undefined;
  }

  #bucket(bytes: Uint8Array, start: number, end: number): Known[] {
    if (end === start) return this.#buckets[0] as Known[];
    return this.#buckets[((bytes[start] as number) * 31 + (bytes[end - 1] as number) * 7 + (end - start)) & 255] as Known[];
  }
}

const { depth, keyStart, keyEnd, valueStart, valueEnd, kind: kindOf } = members;
const top = new KeyTable();
const slots = new Map<string, number>();
function slotOf(path: string): number {
  const slot = slots.get(path) ?? slots.size;
  slots.set(path, slot);
  return slot;
}

top.add('timestamp', 'timestamp', slotOf('timestamp'));
const groups = new Map(logGroups.map((group) => [group, new KeyTable()]));
for (const [group, inside] of groups) top.add(group, 'group', slotOf(group), inside);
for (const { path, kind } of logFields) {
  const [first, second] = path.split('.') as [string, string | undefined];
  const table = second === undefined ? top : (groups.get(first) as KeyTable);
  table.add(second ?? first, path === 'level' ? 'level' : kind, slotOf(path));
}
for (const [path, names] of Object.entries(logAliases)) {
  const rule = path === 'level' || path === 'timestamp' ? path : 'keyword';
  for (const name of names) top.add(name, rule, slotOf(path));
}

/** The document in which a slot was used last, by its number. */
const usedIn = new Float64Array(slots.size);
let documents = 0;

/** First byte of a remainder, which tells it from a search form in the column `flat` of a journal line. */
const mark = 0x3d;
const comma = 0x2c;

/**
 * Writes `=` and the members that no column holds to `target`, and returns the offset behind them; or returns `offset` when the
 * whole line must be kept. MUST follow the `scanDocument` of the same bytes. Needs one byte more than the document has.
 */
export function writeRemainder(bytes: Uint8Array, scan: Scan, target: Uint8Array, offset: number): number {
  if (scan.hard || scan.hasNul || members.count < 0) return offset;
  documents++;
  target[offset] = mark;
  let to = offset + 1;
  for (let member = 0; member < members.count; ) {
    const known = top.find(bytes, keyStart[member] as number, keyEnd[member] as number);
    if (known === undefined) {
      to = writeMember(bytes, scan, member, target, to, to > offset + 1);
      member = nextAtTop(member);
    } else if (!take(known, bytes, member)) return offset;
    else if (known.inside === undefined) member = nextAtTop(member);
    else {
      const next = nextAtTop(member);
      if (next === member + 1) return offset;
      to = writeGroup(bytes, scan, member, next, known.inside, target, to, to > offset + 1);
      if (to < 0) return offset;
      member = next;
    }
  }
  return to;
}

/** The unknown members of a group, as `"group":{…}`; -1 when a known one cannot be given back. */
function writeGroup(
  bytes: Uint8Array,
  scan: Scan,
  group: number,
  end: number,
  table: KeyTable,
  target: Uint8Array,
  offset: number,
  follows: boolean,
): number {
  let to = offset;
  for (let member = group + 1; member < end; member++) {
    const known = table.find(bytes, keyStart[member] as number, keyEnd[member] as number);
    if (known !== undefined) {
      if (!take(known, bytes, member)) return -1;
      continue;
    }
    const isFirst = to === offset;
    if (isFirst) to = writeText(bytes, scan, (keyStart[group] as number) - 1, (valueStart[group] as number) + 1, target, to, follows);
    to = writeMember(bytes, scan, member, target, to, !isFirst);
  }
  if (to > offset) target[to++] = 0x7d;
  return to;
}

function nextAtTop(member: number): number {
  let next = member + 1;
  while (next < members.count && depth[next] !== 1) next++;
  return next;
}

function writeMember(bytes: Uint8Array, scan: Scan, member: number, target: Uint8Array, offset: number, follows: boolean): number {
  return writeText(bytes, scan, (keyStart[member] as number) - 1, valueEnd[member] as number, target, offset, follows);
}

function writeText(
  bytes: Uint8Array,
  scan: Scan,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
  follows: boolean,
): number {
  let to = offset;
  if (follows) target[to++] = comma;
  if (scan.spaced) return copyCompact(bytes, start, end, target, to);
  target.set(bytes.subarray(start, end), to);
  return to + end - start;
}

/** Whether the column of a known member gives its value back. */
function take({ rule, slot }: Known, bytes: Uint8Array, member: number): boolean {
  if (usedIn[slot] === documents) return false;
  usedIn[slot] = documents;
  const kind = kindOf[member];
  switch (rule) {
    case 'group':
    case 'object':
      return kind === valueKind.object;
    case 'float':
      return kind === valueKind.integer || kind === valueKind.decimal;
    case 'integer':
      return kind === valueKind.integer;
    case 'level':
      return kind === valueKind.text ? !isDigits(bytes, textStart(member), textEnd(member)) : isCount(bytes, member);
    case 'timestamp':
      return kind === valueKind.text ? isClock(bytes, textStart(member), textEnd(member)) : isUnixTime(bytes, member);
    default:
      return kind === valueKind.text;
  }
}

const textStart = (member: number) => (valueStart[member] as number) + 1;
const textEnd = (member: number) => (valueEnd[member] as number) - 1;
const zero = 0x30;

function isDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) < zero || (bytes[at] as number) > 0x39) return false;
  return end > start;
}

const isCount = (bytes: Uint8Array, member: number) => kindOf[member] === valueKind.integer && bytes[valueStart[member] as number] !== 0x2d;

/** Seconds or milliseconds since 1970, in as many digits as they have had since 1973. */
function isUnixTime(bytes: Uint8Array, member: number): boolean {
  const start = valueStart[member] as number;
  const digits = (valueEnd[member] as number) - start;
  return isCount(bytes, member) && (digits === 9 || digits === 10 || digits === 13);
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `2026-11-20T10:00:00.123456Z`, with up to nine decimals, in UTC: `Z`, `+00:00` or nothing. Years that 64 bits of nanoseconds hold. */
function isClock(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 19) return false;
  const year = number(bytes, start, 4, 0x2d) ?? 0;
  const month = number(bytes, start + 5, 2, 0x2d) ?? 0;
  const day = number(bytes, start + 8, 2, 0x54) ?? 0;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  if (year < 1971 || year > 2199 || day < 1 || day > (monthDays[month - 1] ?? 0) + leap) return false;
  const hour = number(bytes, start + 11, 2, 0x3a) ?? 24;
  const minute = number(bytes, start + 14, 2, 0x3a) ?? 60;
  const second = isDigits(bytes, start + 17, start + 19)
    ? ((bytes[start + 17] as number) - zero) * 10 + (bytes[start + 18] as number) - zero
    : 60;
  if (hour > 23 || minute > 59 || second > 59) return false;
  let at = start + 19;
  if (at < end && bytes[at] === 0x2e) {
    const fraction = ++at;
    while (at < end && isDigits(bytes, at, at + 1)) at++;
    if (at === fraction || at > fraction + 9) return false;
  }
  return at === end || (at + 1 === end && bytes[at] === 0x5a) || isZeroOffset(bytes, at, end);
}

const zeroOffset = Buffer.from('+00:00');
const isZeroOffset = (bytes: Uint8Array, start: number, end: number) =>
  end - start === zeroOffset.length && zeroOffset.every((code, at) => bytes[start + at] === code);

/** A number of so many digits with a separator behind it. */
function number(bytes: Uint8Array, start: number, digits: number, separator: number): number | undefined {
  if (bytes[start + digits] !== separator || !isDigits(bytes, start, start + digits)) return undefined;
  let value = 0;
  for (let at = start; at < start + digits; at++) value = value * 10 + (bytes[at] as number) - zero;
  return value;
}
