import { placeholder } from './template-expression.ts';

/** Messages of one template, counted. */
export type TemplateCount = Readonly<{
  template: string;
  count: number;
  countBefore: number;
  /** Of `count`, by equal parts of the time. */
  trend: readonly number[];
  /** Unix milliseconds. */
  lastMillis: number;
  /** The newest one as it is. */
  message: string;
  level: string;
  traceId: string;
  agents: readonly string[];
}>;

/** So many variants of one word are names, users, files: what a message is about and not what it says. */
const leastVariants = 6;
const leastWords = 3;
const mostWords = 60;
const mostAgents = 5;
const rounds = 2;

/**
 * Puts together templates that differ in one word only, where it has many variants: `Audit: login ada`, `Audit: login alan`, … become
 * `Audit: login <*>`. Two rounds, so that two such words are found. The most frequent first.
 */
export function mergeTemplates(templates: readonly TemplateCount[]): readonly TemplateCount[] {
  let merged = templates;
  for (let round = 0; round < rounds; round += 1) merged = mergeOnce(merged);
  return merged.toSorted((one, other) => other.count - one.count || other.countBefore - one.countBefore);
}

function mergeOnce(templates: readonly TemplateCount[]): readonly TemplateCount[] {
  const hash = createWordsHash();
  const holes = templates.map(({ template }) => holesOf(template, hash));
  const variants = new Map<number, number>();
  for (const keys of holes) for (const key of keys) if (key >= 0) variants.set(key, (variants.get(key) ?? 0) + 1);
  const joined = new Map<string, TemplateCount>();
  for (const [position, one] of templates.entries()) {
    let most = leastVariants - 1;
    let widest: number | undefined;
    for (const [at, key] of (holes[position] ?? []).entries()) {
      const count = variants.get(key) ?? 0;
      if (count <= most) continue;
      most = count;
      widest = at;
    }
    const template = widest === undefined ? one.template : one.template.split(' ').with(widest, placeholder).join(' ');
    const seen = joined.get(template);
    joined.set(template, seen === undefined ? { ...one, template } : joinTwo(seen, one));
  }
  return [...joined.values()];
}

type WordsHash = Readonly<{ ofWord: (word: string, at: number) => number; ofAll: (words: readonly string[]) => number }>;

const modulus = 2 ** 51;
const random32 = () => Math.floor(Math.random() * 2 ** 32);

/**
 * A word at a place is a random number of 51 bits, and words are their sum: so what is left without one of them is a subtraction, where texts of
 * it would take hundreds of megabytes. That two different ones are the same happens once in millions of answers.
 */
function createWordsHash(): WordsHash {
  const known = new Map<string, readonly [number, number]>();
  const places = Array.from({ length: mostWords + 1 }, () => [random32() | 1, random32() | 1] as const);
  const ofWord = (word: string, at: number) => {
    let value = known.get(word);
    if (value === undefined) {
      value = [random32(), random32()];
      known.set(word, value);
    }
    const [high, low] = places[at] ?? [1, 1];
    return (Math.imul(value[0], high) >>> 6) * 2 ** 25 + (Math.imul(value[1], low) >>> 7);
  };
  return {
    ofWord,
    ofAll: (words) => words.reduce((sum, word, at) => (sum + ofWord(word, at)) % modulus, ofWord(`${words.length} words`, mostWords)),
  };
}

/** For each word a number for the template without it, equal for those that are then the same; -1 where it stays. */
function holesOf(template: string, hash: WordsHash): Float64Array {
  const words = template.split(' ');
  if (words.length < leastWords || words.length > mostWords) return none;
  // A template of placeholders alone would say nothing, and swallow everything.
  if (words.filter((word) => !word.includes(placeholder)).length < leastWords) return none;
  const all = hash.ofAll(words);
  return Float64Array.from(words, (word, at) =>
    word.includes(placeholder) ? -1 : (all - hash.ofWord(word, at) + hash.ofWord(placeholder, at) + modulus) % modulus,
  );
}

const none = new Float64Array();

function joinTwo(one: TemplateCount, other: TemplateCount): TemplateCount {
  const newer = other.lastMillis > one.lastMillis ? other : one;
  return {
    ...newer,
    template: one.template,
    count: one.count + other.count,
    countBefore: one.countBefore + other.countBefore,
    trend: one.trend.map((value, at) => value + (other.trend[at] ?? 0)),
    agents: [...new Set([...one.agents, ...other.agents])].slice(0, mostAgents),
  };
}
