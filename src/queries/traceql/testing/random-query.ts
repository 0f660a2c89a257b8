import fc from 'fast-check';
import type { TestSpan, TestTrace } from './random-traces.ts';

/**
 * Random queries, each with what it means: written straight from the description of the language, by brute force, and without
 * anything of the product.
 */
export type Meaning = (trace: TestTrace, spans: readonly number[]) => readonly number[];
type Value = string | number | boolean | undefined | readonly unknown[] | Readonly<{ word: string }>;
type FieldMeaning = (trace: TestTrace, at: number) => Value;
type Condition = Readonly<{ text: string; holds: (trace: TestTrace, at: number) => boolean }>;
export type RandomQuery = Readonly<{ text: string; run: (trace: TestTrace) => readonly (readonly number[])[] }>;

const spanAt = (trace: TestTrace, at: number) => trace[at] as TestSpan;
const parentOf = (trace: TestTrace, at: number): number | undefined => {
  const { parent } = spanAt(trace, at);
  return typeof parent === 'number' ? parent : undefined;
};

function isAbove(trace: TestTrace, above: number, at: number): boolean {
  const parent = parentOf(trace, at);
  return parent !== undefined && (parent === above || isAbove(trace, above, parent));
}

const plain = (value: unknown): Value => {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'object' && !Array.isArray(value) ? { word: 'object' } : (value as Value);
};

const word = (text: string, unset: string): Value => ({ word: text === '' ? unset : text });
const own = (attributes: Readonly<Record<string, unknown>>, name: string) =>
  plain(Object.hasOwn(attributes, name) ? attributes[name] : undefined);

const first = (...values: readonly Value[]): Value => values.find((value) => value !== undefined);
const orNothing = (text: string): Value => (text === '' ? undefined : text);

/** By start, then the longer first, then by id: the order in which traces list their spans. */
function rootOf(trace: TestTrace): TestSpan | undefined {
  return [...trace]
    .sort((a, b) => a.startMillis - b.startMillis || b.tookMillis - a.tookMillis || (a.id < b.id ? -1 : 1))
    .find(({ parent }) => parent === undefined);
}

function tookOf(trace: TestTrace): number {
  const starts = trace.map(({ startMillis }) => startMillis);
  const ends = trace.map(({ startMillis, tookMillis }) => startMillis + tookMillis);
  return (Math.max(...ends) - Math.min(...starts)) * 1e6;
}

const attributeNames = ['x', 'y', 'a b', 'runtime'];
const written = (name: string) => (name.includes(' ') ? JSON.stringify(name) : name);

const plainFields: readonly (readonly [string, FieldMeaning])[] = [
  ['name', (trace, at) => spanAt(trace, at).name],
  ['span:statusMessage', (trace, at) => spanAt(trace, at).statusMessage],
  ['status', (trace, at) => word(spanAt(trace, at).status, 'unset')],
  ['kind', (trace, at) => word(spanAt(trace, at).kind, 'unspecified')],
  ['duration', (trace, at) => spanAt(trace, at).tookMillis * 1e6],
  ['span:childCount', (trace, at) => trace.filter((_, other) => parentOf(trace, other) === at).length],
  ['traceDuration', (trace) => tookOf(trace)],
  ['rootName', (trace) => rootOf(trace)?.name],
  ['rootServiceName', (trace) => rootOf(trace)?.service],
  ['resource.service.name', (trace, at) => orNothing(spanAt(trace, at).service)],
  ['.agent_name', (trace, at) => orNothing(spanAt(trace, at).service)],
  ['.operation', (trace, at) => orNothing(spanAt(trace, at).name)],
  ...attributeNames.flatMap((name): readonly (readonly [string, FieldMeaning])[] => {
    const column = (span: TestSpan) => (name === 'runtime' ? orNothing(span.runtime) : undefined);
    return [
      [
        `.${written(name)}`,
        (trace, at) => first(column(spanAt(trace, at)), own(spanAt(trace, at).attributes, name), own(spanAt(trace, at).resource, name)),
      ],
      [`span.${written(name)}`, (trace, at) => first(column(spanAt(trace, at)), own(spanAt(trace, at).attributes, name))],
      [`resource.${written(name)}`, (trace, at) => own(spanAt(trace, at).resource, name)],
    ];
  }),
];

const ofParent: readonly (readonly [string, FieldMeaning])[] = plainFields
  .filter(([text]) => ['name', 'status', 'duration', '.x', 'span.x', 'resource.y'].includes(text))
  .map(([text, meaning]) => [
    `parent.${text.replace(/^\./, '')}`,
    (trace, at) => {
      const parent = parentOf(trace, at);
      return parent === undefined ? undefined : meaning(trace, parent);
    },
  ]);

const fields = [...plainFields, ...ofParent];

const isWord = (value: Value): value is Readonly<{ word: string }> => typeof value === 'object' && 'word' in value;

/** One comparison of two single values; a `word` is a status, a kind or an object. */
function singleHolds(operator: string, left: Value, right: Value): boolean {
  if (isWord(left) && isWord(right)) return operator === '=' ? left.word === right.word : operator === '!=' && left.word !== right.word;
  if (typeof left !== typeof right || left === undefined || typeof left === 'object') return false;
  const [a, b] = [left, right] as [string, string];
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '=~':
      return typeof a === 'string' && new RegExp(`^(?:${b})$`, 'u').test(a);
    case '!~':
      return typeof a === 'string' && !new RegExp(`^(?:${b})$`, 'u').test(a);
    case '>':
      return typeof a !== 'boolean' && a > b;
    case '>=':
      return typeof a !== 'boolean' && a >= b;
    case '<':
      return typeof a !== 'boolean' && a < b;
    default:
      return typeof a !== 'boolean' && a <= b;
  }
}

function holds(operator: string, left: Value, right: Value): boolean {
  if (!Array.isArray(left)) return singleHolds(operator, left, right);
  const elements = left.map((element) => (Array.isArray(element) ? { word: 'object' } : plain(element)));
  if (operator === '!=') return !elements.some((element) => singleHolds('=', element, right));
  if (operator === '!~') return !elements.some((element) => singleHolds('=~', element, right));
  return elements.some((element) => singleHolds(operator, element, right));
}

const literals: readonly (readonly [string, Value])[] = [
  ['1', 1],
  ['1.5', 1.5],
  ['-3', -3],
  ['2ms', 2e6],
  ['12345678901234', 12345678901234],
  ['"1"', '1'],
  ['"a"', 'a'],
  ['"b"', 'b'],
  ['"s1"', 's1'],
  ['""', ''],
  ['`é/"\\`', 'é/"\\'],
  ['true', true],
  ['false', false],
];

const typeOf = (text: string): string => {
  if (/status$/.test(text) && !/Message/.test(text)) return 'status';
  if (/kind$/.test(text)) return 'kind';
  if (/duration|childCount|Duration/.test(text)) return 'number';
  return /name$|Name$|Message$/.test(text) && !/service|agent/.test(text) ? 'string' : 'any';
};

const comparison: fc.Arbitrary<Condition> = fc.constantFrom(...fields).chain(([text, meaning]) => {
  const type = typeOf(text.replace('parent.', ''));
  const of = (operator: string, literal: string, value: Value): Condition => ({
    text: `${text} ${operator} ${literal}`,
    holds: (trace, at) => holds(operator, meaning(trace, at), value),
  });
  if (type === 'status' || type === 'kind') {
    const words = type === 'status' ? ['error', 'ok', 'unset'] : ['server', 'client', 'unspecified'];
    return fc
      .tuple(fc.constantFrom('=', '!='), fc.constantFrom(...words))
      .map(([operator, literal]) => of(operator, literal, { word: literal }));
  }
  const fitting = literals.filter(([, value]) => type === 'any' || typeof value === type);
  const ordinary = fc
    .tuple(fc.constantFrom('=', '!=', '>', '>=', '<', '<='), fc.constantFrom(...fitting))
    .map(([operator, [literal, value]]) => of(typeof value === 'boolean' && operator !== '=' ? '!=' : operator, literal, value));
  if (type === 'number') return ordinary;
  const regex = fc
    .tuple(fc.constantFrom('=~', '!~'), fc.constantFrom('a', 'a|b', '.*', '[^a]', 's.', ''))
    .map(([operator, pattern]) => of(operator, JSON.stringify(pattern), pattern));
  const nil = fc.constantFrom('=', '!=').map(
    (operator): Condition => ({
      text: `${text} ${operator} nil`,
      holds: (trace, at) => {
        const value = meaning(trace, at);
        return (value === undefined || (type === 'string' && value === '')) === (operator === '=');
      },
    }),
  );
  const isNeverNil = /^name$/.test(text);
  const bare: Condition = { text, holds: (trace, at) => meaning(trace, at) === true };
  const denied: Condition = { text: `!${text}`, holds: (trace, at) => meaning(trace, at) === false };
  return fc.oneof(
    { weight: 5, arbitrary: ordinary },
    { weight: 2, arbitrary: regex },
    ...(isNeverNil ? [] : [{ weight: 2, arbitrary: nil }]),
    ...(type === 'any' ? [{ weight: 1, arbitrary: fc.constantFrom(bare, denied) }] : []),
  );
});

const ofEvents: fc.Arbitrary<Condition> = fc
  .tuple(fc.constantFrom('=', '!='), fc.constantFrom('x', 'y'), fc.constantFrom(...literals))
  .map(([operator, name, [literal, value]]) => ({
    text: `event.${name} ${operator} ${literal}`,
    holds: (trace, at) => spanAt(trace, at).events.some(({ attributes }) => holds(operator, own(attributes, name), value)),
  }));

const difference: fc.Arbitrary<Condition> = fc.constantFrom('>', '=').map((operator) => ({
  text: `parent.duration - duration ${operator} 1ms * 1`,
  holds: (trace, at) => {
    const parent = parentOf(trace, at);
    if (parent === undefined) return false;
    const between = (spanAt(trace, parent).tookMillis - spanAt(trace, at).tookMillis) * 1e6;
    return operator === '>' ? between > 1e6 : between === 1e6;
  },
}));

const isRoot: Condition = { text: 'nestedSetParent < 0', holds: (trace, at) => spanAt(trace, at).parent === undefined };

const condition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'condition' },
    { weight: 6, arbitrary: comparison },
    { weight: 1, arbitrary: ofEvents },
    { weight: 1, arbitrary: difference },
    { weight: 1, arbitrary: fc.constant(isRoot) },
    {
      weight: 3,
      arbitrary: fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map(
        ([a, operator, b]): Condition => ({
          text: `(${a.text}) ${operator} (${b.text})`,
          holds: (trace, at) => (operator === '&&' ? a.holds(trace, at) && b.holds(trace, at) : a.holds(trace, at) || b.holds(trace, at)),
        }),
      ),
    },
    // Only what is true or false can be negated.
    {
      weight: 1,
      arbitrary: comparison
        .filter(({ text }) => / [=!<>]/.test(text))
        .map((inner): Condition => ({ text: `!(${inner.text})`, holds: (trace, at) => !inner.holds(trace, at) })),
    },
  ),
})).condition;

type SpansOf = Readonly<{ text: string; select: Meaning }>;

const filter: fc.Arbitrary<SpansOf> = fc
  .option(condition, { freq: 8 })
  .map((inner) =>
    inner === null
      ? { text: '{}', select: (_, spans) => spans }
      : { text: `{ ${inner.text} }`, select: (trace, spans) => spans.filter((at) => inner.holds(trace, at)) },
  );

const relations: Readonly<Record<string, (trace: TestTrace, left: number, right: number) => boolean>> = {
  '>>': (trace, left, right) => isAbove(trace, left, right),
  '<<': (trace, left, right) => isAbove(trace, right, left),
  '>': (trace, left, right) => parentOf(trace, right) === left,
  '<': (trace, left, right) => parentOf(trace, left) === right,
  '~': (trace, left, right) =>
    left !== right && spanAt(trace, left).parent !== undefined && spanAt(trace, left).parent === spanAt(trace, right).parent,
};

const inOrder = (spans: readonly number[]) => [...new Set(spans)].sort((a, b) => a - b);

function related(mode: string, name: string, trace: TestTrace, left: readonly number[], right: readonly number[]): readonly number[] {
  const is = relations[name] as (typeof relations)[string];
  const rights = right.filter((at) => left.some((other) => is(trace, other, at)) !== (mode === '!'));
  return mode === '&' ? inOrder([...rights, ...left.filter((at) => right.some((other) => is(trace, at, other)))]) : rights;
}

const spanset: fc.Arbitrary<SpansOf> = fc.letrec<{ spanset: SpansOf }>((tie) => ({
  spanset: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'spanset' },
    { weight: 5, arbitrary: filter },
    {
      weight: 3,
      arbitrary: fc.tuple(tie('spanset'), fc.constantFrom('', '!', '&'), fc.constantFrom(...Object.keys(relations)), tie('spanset')).map(
        ([a, mode, relation, b]): SpansOf => ({
          text: `(${a.text}) ${mode}${relation} (${b.text})`,
          select: (trace, spans) => related(mode, relation, trace, a.select(trace, spans), b.select(trace, spans)),
        }),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('spanset'), fc.constantFrom('&&', '||'), tie('spanset')).map(
        ([a, operator, b]): SpansOf => ({
          text: `(${a.text}) ${operator} (${b.text})`,
          select: (trace, spans) => {
            const [left, right] = [a.select(trace, spans), b.select(trace, spans)];
            return operator === '&&' && (left.length === 0 || right.length === 0) ? [] : inOrder([...left, ...right]);
          },
        }),
      ),
    },
  ),
})).spanset;

type Groups = readonly (readonly number[])[];
type Step = Readonly<{ text: string; apply: (trace: TestTrace, groups: Groups) => Groups }>;

const compareNumbers: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
};

const counted: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom('>', '<=', '='), fc.nat(3)).map(([operator, bound]) => ({
  text: `count() ${operator} ${bound}`,
  apply: (_, groups) => groups.filter((group) => compareNumbers[operator]?.(group.length, bound)),
}));

const aggregates: Readonly<Record<string, (values: readonly number[]) => number>> = {
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  sum: (values) => values.reduce((a, b) => a + b, 0),
  avg: (values) => values.reduce((a, b) => a + b, 0) / values.length,
};

const aggregated: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom('min', 'max', 'sum', 'avg'), fc.constantFrom('duration', 'span.x'), fc.constantFrom('>', '<=', '='), fc.nat(2))
  .map(([name, of, operator, bound]) => {
    const limit = of === 'duration' ? bound * 1e6 : bound;
    return {
      text: `${name}(${of}) ${operator} ${of === 'duration' ? `${bound}ms` : bound}`,
      apply: (trace, groups) =>
        groups.filter((group) => {
          const values = group.flatMap((at) => {
            const { tookMillis, attributes } = spanAt(trace, at);
            const value = of === 'duration' ? tookMillis * 1e6 : own(attributes, 'x');
            return (Array.isArray(value) ? value : [value]).filter((one): one is number => typeof one === 'number');
          });
          return values.length > 0 && compareNumbers[operator]?.(aggregates[name]?.(values) ?? 0, limit) === true;
        }),
    };
  });

const grouped: Step = {
  text: 'by(name)',
  apply: (trace, groups) =>
    groups.flatMap((group) =>
      [...new Set(group.map((at) => spanAt(trace, at).name))].map((name) => group.filter((at) => spanAt(trace, at).name === name)),
    ),
};
const joined: Step = { text: 'coalesce()', apply: (_, groups) => (groups.length === 0 ? [] : [inOrder(groups.flat())]) };
const selected: Step = { text: 'select(.x, name)', apply: (_, groups) => groups };

const further: fc.Arbitrary<Step> = fc.oneof(
  counted,
  aggregated,
  fc.constantFrom(grouped, joined, selected),
  spanset.map(
    ({ text, select }): Step => ({
      text,
      apply: (trace, groups) => groups.map((group) => select(trace, group)).filter((group) => group.length > 0),
    }),
  ),
);

export const randomQuery: fc.Arbitrary<RandomQuery> = fc.tuple(spanset, fc.array(further, { maxLength: 2 })).map(([start, steps]) => ({
  text: [start.text, ...steps.map(({ text }) => text)].join(' | '),
  run: (trace) => {
    const all = start.select(trace, [...trace.keys()]);
    return steps.reduce<Groups>((groups, step) => step.apply(trace, groups), all.length === 0 ? [] : [all]);
  },
}));
