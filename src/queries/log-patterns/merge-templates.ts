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
  const holes = templates.map(({ template }) => withHoles(template));
  const variants = new Map<string, number>();
  for (const hole of holes.flat()) variants.set(hole, (variants.get(hole) ?? 0) + 1);
  const joined = new Map<string, TemplateCount>();
  for (const [at, one] of templates.entries()) {
    const widest = (holes[at] ?? []).reduce((best, hole) => ((variants.get(hole) ?? 0) > (variants.get(best) ?? 0) ? hole : best), '');
    const template = (variants.get(widest) ?? 0) >= leastVariants ? widest : one.template;
    const seen = joined.get(template);
    joined.set(template, seen === undefined ? { ...one, template } : joinTwo(seen, one));
  }
  return [...joined.values()];
}

/** The template with each of its words taken out in turn. */
function withHoles(template: string): readonly string[] {
  const words = template.split(' ');
  if (words.length < leastWords || words.length > mostWords) return [];
  // A template of placeholders alone would say nothing, and swallow everything.
  if (words.filter((word) => !word.includes(placeholder)).length < leastWords) return [];
  return words.flatMap((word, at) => (word.includes(placeholder) ? [] : [words.with(at, placeholder).join(' ')]));
}

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
