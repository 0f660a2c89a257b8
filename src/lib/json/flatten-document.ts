import { numberText } from '../number-text.ts';

/**
 * The search form of a document that the engine could not search as it is: one level of keys, which are the dotted paths,
 * each with the bag of its values, as Elasticsearch flattens arrays of objects. Numbers keep the text they were written
 * with as long as the engine can hold them. Works without recursion; `text` MUST have passed `scanDocument`.
 */

/** Values as they were written; `list` when an array led to one of them. */
type Bag = { text: string[]; kinds: number; list: boolean };
const stringKind = 1;
const integerKind = 2;
const floatKind = 4;
const booleanKind = 8;
/** An integer that only UInt64 holds: a list of these and of others has no type in the engine. */
const largeKind = 16;

const token = /\s*("(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+)/gy;

/** Largest number that the engine stores exactly (UInt64) and the smallest (Int64). */
const maxInteger = 18_446_744_073_709_551_615n;
const maxSigned = 9_223_372_036_854_775_807n;
const minInteger = -9_223_372_036_854_775_808n;

/** With a decimal point or an exponent, so that it is never read as an integer that is too large. */
function floatText(value: number): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? value.toExponential() : text;
}

/** The text of a number that the engine holds, as an integer where it can. */
function storedNumber(text: string): string {
  if (isInteger(text)) {
    const value = BigInt(text);
    if (value <= maxInteger && value >= minInteger) return String(value);
  }
  const value = Number(text);
  return Number.isFinite(value) ? floatText(value) : JSON.stringify(text);
}

const isInteger = (text: string) => /^-?\d+$/.test(text) && text.length < 400;

function kindOf(raw: string): number {
  if (raw.startsWith('"')) return stringKind;
  if (raw === 'true' || raw === 'false') return booleanKind;
  const number = storedNumber(raw);
  if (number.startsWith('"')) return stringKind;
  if (!isInteger(number)) return floatKind;
  return BigInt(number) > maxSigned ? largeKind : integerKind;
}

function add(bags: Map<string, Bag>, path: string, raw: string, list: boolean): void {
  if (raw === 'null') return;
  const bag = bags.get(path) ?? { text: [], kinds: 0, list };
  bags.set(path, bag);
  bag.kinds |= kindOf(raw);
  bag.list ||= list;
  bag.text.push(raw);
}

/** A number among strings: `1.0` and `1e0` are the same number, and are looked for by the text that the engine prints for it. */
function textOfValue(raw: string): string {
  if (raw.startsWith('"')) return raw;
  const isOther = raw === 'true' || raw === 'false' || isInteger(raw) || !Number.isFinite(Number(raw));
  return `"${isOther ? raw : numberText(Number(raw))}"`;
}

/** Values of different types under one path become strings, so that the path has one type in the engine. */
function bagText(bag: Bag): string {
  const mixed = (bag.kinds & stringKind) !== 0 || ((bag.kinds & booleanKind) !== 0 && bag.kinds !== booleanKind);
  const wide = bag.kinds !== integerKind && bag.kinds !== largeKind;
  const values = bag.text.map((raw) => {
    if (mixed) return textOfValue(raw);
    if (bag.kinds === booleanKind) return raw;
    return wide ? floatText(Number(raw)) : storedNumber(raw);
  });
  // One value of a list stays a list: the columns of known fields hold the text of the list, and its type tells so.
  return values.length === 1 && !bag.list ? (values[0] as string) : `[${values.join(',')}]`;
}

/** Half a surrogate pair cannot be stored as UTF-8; the replacement character stands for it in the search form. */
const decodeString = (raw: string) => (JSON.parse(raw) as string).toWellFormed();

export function flattenDocument(text: string): string {
  const bags = new Map<string, Bag>();
  /** Path of each open container; a container in an array has the path of the array. */
  const paths: string[] = [];
  const inArray: boolean[] = [];
  let key = '';
  let expectKey = false;
  const here = () =>
    paths.length === 0 ? '' : inArray.at(-1) ? (paths.at(-1) as string) : paths.at(-1) === '' ? key : `${paths.at(-1)}.${key}`;
  for (const [, part = ''] of text.matchAll(token)) {
    if (part === '{' || part === '[') {
      paths.push(here());
      inArray.push(part === '[');
      expectKey = part === '{';
    } else if (part === '}' || part === ']') {
      paths.pop();
      inArray.pop();
      expectKey = false;
    } else if (part === ',') expectKey = !inArray.at(-1);
    else if (part === ':') expectKey = false;
    else if (expectKey) key = decodeString(part);
    else add(bags, here(), part.startsWith('"') ? JSON.stringify(decodeString(part)) : part, inArray.includes(true));
  }
  return `{${[...bags].map(([path, bag]) => `${JSON.stringify(path)}:${bagText(bag)}`).join(',')}}`;
}
