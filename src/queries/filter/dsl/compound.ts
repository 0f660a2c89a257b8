import { parsingError, unsupported } from '../../../lib/elasticsearch-errors.ts';
import { anyOf, type Query } from '../query.ts';
import type { DslContext, DslOperator } from './dsl-query.ts';
import { Parameters } from './parameters.ts';

function inner(parameters: Parameters, name: string, context: DslContext): Query {
  const json = parameters.raw(name);
  if (json === undefined) throw parsingError(`[${parameters.query}] requires '${name}' query`);
  return context.parse(json);
}

export const constantScoreOperator: DslOperator = (body, context) => {
  const parameters = new Parameters('constant_score', body);
  const query = inner(parameters, 'filter', context);
  parameters.finish();
  return query;
};

/** `negative` only lowers scores, so the positive part decides what matches. */
export const boostingOperator: DslOperator = (body, context) => {
  const parameters = new Parameters('boosting', body);
  const query = inner(parameters, 'positive', context);
  inner(parameters, 'negative', context);
  parameters.ignore('negative_boost');
  parameters.finish();
  return query;
};

export const disMaxOperator: DslOperator = (body, context) => {
  const parameters = new Parameters('dis_max', body);
  const queries = parameters.raw('queries');
  parameters.ignore('tie_breaker');
  parameters.finish();
  if (queries === undefined) throw parsingError("[dis_max] requires 'queries' field with at least one clause");
  return anyOf((Array.isArray(queries) ? queries : [queries]).map((json: unknown) => context.parse(json)));
};

/** Objects in arrays are flattened into bags of values, so the inner query is asked of the whole document. */
export const nestedOperator: DslOperator = (body, context) => {
  const parameters = new Parameters('nested', body);
  const query = inner(parameters, 'query', context);
  if (parameters.has('inner_hits')) {
    throw unsupported('[nested] [inner_hits] is not supported');
  }
  parameters.ignore('path', 'score_mode', 'ignore_unmapped');
  parameters.finish();
  return query;
};
