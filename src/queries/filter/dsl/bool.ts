import { boolQuery, matchAll, type Query } from '../query.ts';
import type { DslContext, DslOperator } from './dsl-query.ts';
import { Parameters } from './parameters.ts';

/** A clause is one query or a list of queries. */
function clause(value: unknown, context: DslContext): Query[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map((item: unknown) => context.parse(item)) : [context.parse(value)];
}

export const boolOperator: DslOperator = (body, context) => {
  const parameters = new Parameters('bool', body);
  const query = boolQuery({
    must: clause(parameters.raw('must'), context),
    filter: clause(parameters.raw('filter'), context),
    should: clause(parameters.raw('should'), context),
    mustNot: [...clause(parameters.raw('must_not'), context), ...clause(parameters.raw('mustNot'), context)],
    minimumShouldMatch: parameters.text('minimum_should_match'),
  });
  parameters.ignore('adjust_pure_negative', 'disable_coord');
  parameters.finish();
  const empty = query.must.length + query.filter.length + query.should.length + query.mustNot.length === 0;
  return empty ? matchAll : query;
};
