import { matchAll, matchNone } from '../query.ts';
import type { DslOperator } from './dsl-query.ts';
import { Parameters } from './parameters.ts';

export const matchAllOperator: DslOperator = (body) => {
  new Parameters('match_all', body).finish();
  return matchAll;
};

export const matchNoneOperator: DslOperator = (body) => {
  new Parameters('match_none', body).finish();
  return matchNone;
};
