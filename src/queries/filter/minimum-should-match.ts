import { elasticsearchError } from '../../lib/elasticsearch-errors.ts';

const single = /^(-?)(\d{1,9})(%?)$/;

function calculate(spec: string, count: number): number {
  const parts = single.exec(spec);
  if (parts === null) {
    throw elasticsearchError(
      'number_format_exception',
      `minimum_should_match [${spec}] is not a number, a percentage or a combination of them`,
    );
  }
  const amount = parts[3] === '%' ? Math.floor((count * Number(parts[2])) / 100) : Number(parts[2]);
  return Math.max(0, parts[1] === '-' ? count - amount : amount);
}

/**
 * How many of `count` optional clauses must match after Elasticsearch's `minimum_should_match`: `2`, `-1`, `75%`, `-25%`,
 * `3<90%`, `2<-25% 9<-3`. May exceed `count`, which no document can satisfy.
 */
export function resolveMinimum(spec: string, count: number): number {
  const trimmed = spec.trim();
  if (!trimmed.includes('<')) return calculate(trimmed, count);
  let result = count;
  for (const part of trimmed.replace(/\s*<\s*/g, '<').split(/\s+/)) {
    const [bound, rest] = part.split('<');
    if (bound === undefined || rest === undefined || !/^\d{1,9}$/.test(bound)) {
      throw elasticsearchError('number_format_exception', `minimum_should_match [${spec}] is not a valid combination`);
    }
    if (count <= Number(bound)) return result;
    result = calculate(rest, count);
  }
  return result;
}
