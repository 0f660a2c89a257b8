import { kindNames, statusNames } from './intrinsics.ts';
import type { ComparisonOperator, EnumValue } from './query.ts';

/** Of the span, its resource or its trace. Undefined: nil. */
export type SingleValue = string | number | bigint | boolean | EnumValue | undefined;
/** `list`: an attribute that is an array; compared by its elements. `many`: of each event or link. `object`: something that equals nothing. */
export type Value = SingleValue | Readonly<{ list: readonly Value[] }> | Readonly<{ many: readonly Value[] }> | Readonly<{ object: true }>;

const statuses: readonly string[] = statusNames;
const kinds: readonly string[] = kindNames;

export function statusValue(text: string): EnumValue | undefined {
  const name = text === '' ? 'unset' : text;
  return statuses.includes(name) ? { enumeration: 'status', name } : undefined;
}

export function kindValue(text: string): EnumValue | undefined {
  const name = text === '' ? 'unspecified' : text;
  return kinds.includes(name) ? { enumeration: 'kind', name } : undefined;
}

const opaque = { object: true } as const;

/** The value of an attribute, as JSON has it. Elements of arrays in arrays are opaque. */
export function attributeValue(json: unknown, depth = 0): Value {
  switch (typeof json) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return json;
    case 'object':
      if (json === null) return undefined;
      return Array.isArray(json) && depth === 0 ? { list: json.map((item: unknown) => attributeValue(item, 1)) } : opaque;
    default:
      return undefined;
  }
}

export const isMany = (value: Value): value is Readonly<{ many: readonly Value[] }> => typeof value === 'object' && 'many' in value;
export const isList = (value: Value): value is Readonly<{ list: readonly Value[] }> => typeof value === 'object' && 'list' in value;

const isNumeric = (value: Value): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** A surrogate pair stands for a character behind all others, so it is sorted there: the order of UTF-8, which the engine has. */
const weight = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return weight(left) - weight(right);
  }
  return a.length - b.length;
}

function order(left: Value, right: Value): number | undefined {
  if (isNumeric(left) && isNumeric(right)) return left < right ? -1 : left > right ? 1 : 0;
  return typeof left === 'string' && typeof right === 'string' ? compareText(left, right) : undefined;
}

/** Undefined when the two are of different types. */
function equal(left: Value, right: Value): boolean | undefined {
  if (typeof left === 'boolean' && typeof right === 'boolean') return left === right;
  if (typeof left === 'object' && typeof right === 'object') {
    if (!('enumeration' in left && 'enumeration' in right) || left.enumeration !== right.enumeration) return undefined;
    return left.name === right.name;
  }
  const found = order(left, right);
  return found === undefined ? undefined : found === 0;
}

/** Whether the whole of `text` matches a regular expression of RE2; the engine has answered that before. */
export type Matches = (pattern: string, text: string) => boolean;

function compareSingle(operator: ComparisonOperator, left: Value, right: Value, matches: Matches): boolean {
  switch (operator) {
    case '=':
      return equal(left, right) === true;
    case '!=':
      return equal(left, right) === false;
    case '=~':
      return typeof left === 'string' && typeof right === 'string' && matches(right, left);
    case '!~':
      return typeof left === 'string' && typeof right === 'string' && !matches(right, left);
    default: {
      const found = order(left, right);
      if (found === undefined) return false;
      if (found === 0) return operator === '>=' || operator === '<=';
      return found > 0 === (operator === '>' || operator === '>=');
    }
  }
}

const positive: Readonly<Partial<Record<ComparisonOperator, ComparisonOperator>>> = { '!=': '=', '!~': '=~' };

/**
 * Values of different types compare as false, also with `!=`, and so does what is missing. Of an array, one element must fit; with
 * `!=` and `!~` none may be equal. Of events and links, one must fit.
 */
export function compareValues(operator: ComparisonOperator, left: Value, right: Value, matches: Matches): boolean {
  if (isMany(left)) return left.many.some((value) => compareValues(operator, value, right, matches));
  if (isMany(right)) return right.many.some((value) => compareValues(operator, left, value, matches));
  if (!isList(left) && !isList(right)) return compareSingle(operator, left, right, matches);
  if (left === undefined || right === undefined) return false;
  const inverse = positive[operator];
  if (inverse !== undefined) return !compareValues(inverse, left, right, matches);
  if (isList(left)) return left.list.some((value) => compareValues(operator, value, right, matches));
  return isList(right) && right.list.some((value) => compareSingle(operator, left, value, matches));
}

/** Nil of events and links is that none has it. */
export const isNil = (value: Value): boolean => value === undefined || (isMany(value) && value.many.every((one) => one === undefined));

/** The numbers in a value. */
export function numbersOf(value: Value): readonly number[] {
  if (isNumeric(value)) return [Number(value)];
  if (isMany(value)) return value.many.flatMap(numbersOf);
  return isList(value) ? value.list.filter(isNumeric).map(Number) : [];
}

/** A text that differs for values that differ, types included. */
export function keyOf(value: Value): string {
  if (typeof value === 'object') {
    if ('enumeration' in value) return value.name;
    if ('object' in value) return 'object';
    return `[${('list' in value ? value.list : value.many).map(keyOf).join()}]`;
  }
  return value === undefined ? 'nil' : typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** As JSON prints it: integers beyond 2^53 as text, statuses and kinds as words, nil as null. */
export function printValue(value: Value): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return value ?? null;
  if ('enumeration' in value) return value.name;
  if ('object' in value) return null;
  return ('list' in value ? value.list : value.many).map(printValue);
}
