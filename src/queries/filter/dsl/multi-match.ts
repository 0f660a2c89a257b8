import { analyze } from '../analyze.ts';
import { anyField, anyOf, boolQuery, type MatchQuery, matchQuery, phraseQuery, type Query, type Value } from '../query.ts';
import type { DslOperator } from './dsl-query.ts';
import { readMatchOptions } from './match.ts';
import { Parameters } from './parameters.ts';

const types = ['best_fields', 'most_fields', 'cross_fields', 'phrase', 'phrase_prefix', 'bool_prefix'] as const;

/** `name^boost` without the boost. */
export function withoutBoost(field: string): string {
  return field.replace(/\^[0-9.]+$/, '');
}

/** Term by term: each word may stand in another of the fields. */
function crossFields(fields: readonly string[], text: Value, options: Partial<MatchQuery>): Query {
  const words = analyze(String(text));
  // Whole values (keywords) are compared with the whole text, which has no words of its own to distribute.
  if (words.length < 2) return anyOf(fields.map((field) => matchQuery(field, text, options)));
  const clauses = words.map((word) => anyOf(fields.map((field) => matchQuery(field, word, { lenient: options.lenient ?? false }))));
  if (options.operator === 'and') return boolQuery({ must: clauses });
  return boolQuery({ should: clauses, minimumShouldMatch: options.minimumShouldMatch });
}

export const multiMatchOperator: DslOperator = (body) => {
  const parameters = new Parameters('multi_match', body);
  const text = parameters.requiredValue('query');
  const type = parameters.oneOf('type', types, 'best_fields');
  const fields = (parameters.texts('fields') ?? [anyField]).map(withoutBoost);
  const slop = parameters.integer('slop', 0);
  const options = readMatchOptions(parameters);
  parameters.ignore('tie_breaker');
  parameters.finish();
  const lenient = (options.lenient ?? false) || fields.some((field) => field.includes('*'));
  if (type === 'phrase' || type === 'phrase_prefix') {
    return anyOf(fields.map((field) => phraseQuery(field, text, { slop, prefix: type === 'phrase_prefix', lenient })));
  }
  if (type === 'cross_fields') return crossFields(fields, text, { ...options, lenient });
  return anyOf(fields.map((field) => matchQuery(field, text, { ...options, lenient, prefixLast: type === 'bool_prefix' })));
};
