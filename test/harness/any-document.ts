import fc from 'fast-check';
import { logAliases, logFields } from '../../src/model/log-fields.ts';

/** A JSON value that keeps what a JavaScript value would lose: number texts, integers beyond 2^53, keys such as `__proto__`. */
export type AnyValue = null | boolean | string | bigint | number | Numeral | readonly AnyValue[] | AnyObject;
export type AnyObject = ReadonlyMap<string, AnyValue>;
/** A number that is sent with exactly these characters. */
export type Numeral = Readonly<{ numeral: string }>;

export const isNumeral = (value: AnyValue): value is Numeral => typeof value === 'object' && value !== null && 'numeral' in value;

export function printJson(value: AnyValue): string {
  if (typeof value === 'bigint') return String(value);
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isNumeral(value)) return value.numeral;
  if (value instanceof Map) return `{${[...(value as AnyObject)].map(([key, inner]) => `${JSON.stringify(key)}:${printJson(inner)}`)}}`;
  return `[${(value as readonly AnyValue[]).map(printJson)}]`;
}

export type Leaf = Readonly<{ path: string; value: boolean | string | bigint | number | Numeral }>;

/** Every value that is indexed, under the name by which queries know it: objects and lists only lead to it, `null` is nothing. */
export function leavesOf(value: AnyValue, path?: string): Leaf[] {
  if (value === null) return [];
  if (value instanceof Map) {
    return [...(value as AnyObject)].flatMap(([key, inner]) => leavesOf(inner, path === undefined ? key : `${path}.${key}`));
  }
  if (Array.isArray(value)) return (value as readonly AnyValue[]).flatMap((inner) => leavesOf(inner, path));
  return [{ path: path ?? '', value: value as Leaf['value'] }];
}

/** Number texts as strings, so that 2^53 + 1 and 2^53 differ; then keys in one order, because their order may change. */
export function canonicalJson(text: string): string {
  const exact = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]{15,}/g, (token) =>
    token.startsWith('"') ? token : `"number ${trimZeros(token)}"`,
  );
  return JSON.stringify(inOrder(JSON.parse(exact)));
}

const trimZeros = (token: string) => (/^-?\d+\.\d+$/.test(token) ? token.replace(/\.?0+$/, '') : token);

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ['object', ...entries.map(([key, inner]) => [key, inOrder(inner)])];
}

const anyText = (maxLength: number) => fc.string({ unit: 'binary', maxLength });

const names = ['a', 'b', 'a.b', 'x', 'deep.er.path', '__proto__', 'constructor', 'é', '日本', ' ', 'with space', '"', '\\', '$', 'Ünïcode'];

const key = fc.oneof(anyText(6), fc.constantFrom(...names));

const scalar: fc.Arbitrary<AnyValue> = fc.oneof(
  anyText(12),
  fc.constantFrom('', 'two words', 'ERROR', '2026-11-20T10:00:00Z', '2026-11-20', '127.0.0.1', '😀', 'true', '12', 'x'.repeat(200)),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.constantFrom(2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n, 10n ** 25n),
  fc.constant(null),
  fc.constantFrom('1e3', '1E400', '1.0', '0.1234567890123456789', '-0.0', '1e-400').map((numeral) => ({ numeral })),
);

const { value } = fc.letrec<{ value: AnyValue; list: AnyValue; object: AnyValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, scalar, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: members(tie('value')),
}));

function members(inner: fc.Arbitrary<AnyValue>): fc.Arbitrary<AnyValue> {
  return fc.uniqueArray(fc.tuple(key, inner), { maxLength: 4, selector: ([name]) => name }).map((entries) => new Map(entries));
}

/** Known fields with values of their own type and of any other, in objects and, where that is known too, at the top. */
const groups = [...new Set(logFields.filter(({ path }) => path.includes('.')).map(({ path }) => path.split('.')[0] as string))];
const group = fc.constantFrom(...groups).chain((name) => {
  const inside = logFields.filter(({ path }) => path.startsWith(`${name}.`)).map(({ path }) => path.slice(name.length + 1));
  const inner = fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...inside), key), value), { maxLength: 4, selector: ([one]) => one });
  return inner.map((entries): [string, AnyValue] => [name, new Map(entries)]);
});
const topNames = [...logFields.map(({ path }) => path).filter((path) => !path.includes('.')), ...Object.values(logAliases).flat()];
const known = fc.tuple(fc.constantFrom(...topNames, ...groups), value);

/** Documents of any shape; no name of theirs is one of `reserved`. */
export const anyDocument = (reserved: readonly string[]): fc.Arbitrary<AnyObject> =>
  fc
    .uniqueArray(fc.oneof(group, known, fc.tuple(key, value)), { maxLength: 8, selector: ([name]) => name })
    .map((entries) => new Map(entries.filter(([name]) => !reserved.includes(name))));
