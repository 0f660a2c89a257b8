import type { Fields } from '../fields/field.ts';
import { type CompileScope, type ConditionContext, createResolver, type Operator } from './compile-scope.ts';
import { boolCondition } from './operators/bool-condition.ts';
import { existsCondition } from './operators/exists-condition.ts';
import { fuzzyCondition } from './operators/fuzzy-condition.ts';
import { idsCondition } from './operators/ids-condition.ts';
import { matchCondition, phraseCondition } from './operators/match-condition.ts';
import { prefixCondition, regexpCondition, wildcardCondition } from './operators/pattern-condition.ts';
import { rangeCondition } from './operators/range-condition.ts';
import { termCondition, termsCondition } from './operators/term-condition.ts';
import type { Query } from './query.ts';
import { always, never } from './sql-condition.ts';

export type { ConditionContext } from './compile-scope.ts';

/** Every kind of query. A new one is a new file and a row here. */
const operators: { readonly [Kind in Query['kind']]: Operator<Kind> } = {
  all: () => always,
  none: () => never,
  bool: boolCondition,
  term: termCondition,
  terms: termsCondition,
  range: rangeCondition,
  match: matchCondition,
  phrase: phraseCondition,
  prefix: prefixCondition,
  wildcard: wildcardCondition,
  regexp: regexpCondition,
  fuzzy: fuzzyCondition,
  exists: existsCondition,
  ids: idsCondition,
};

/**
 * The SQL condition of a query: 0 or 1 for each row, never NULL. Throws `AppError` where the query asks a field for what
 * its type cannot be, or expands to too much.
 */
export function toCondition(query: Query, fields: Fields, context: ConditionContext): string {
  const scope: CompileScope = {
    fields,
    now: context.now,
    condition: (inner) => compile(inner, scope),
    resolve: createResolver(fields),
  };
  return compile(query, scope);
}

function compile<Kind extends Query['kind']>(query: Extract<Query, { kind: Kind }>, scope: CompileScope): string {
  const operator: Operator<Kind> = operators[query.kind as Kind];
  return operator(query, scope);
}
