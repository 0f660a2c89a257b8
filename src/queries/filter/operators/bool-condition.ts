import type { Operator } from '../compile-scope.ts';
import { resolveMinimum } from '../minimum-should-match.ts';
import { always, and, atLeast, not } from '../sql-condition.ts';

/**
 * `must_not` includes documents that lack the field, because conditions are never NULL. Without `must` and `filter` at
 * least one of `should` is needed, whatever `minimum_should_match` says.
 */
export const boolCondition: Operator<'bool'> = (query, scope) => {
  const required = [...query.must, ...query.filter].map((inner) => scope.condition(inner));
  const optional = query.should.map((inner) => scope.condition(inner));
  const prohibited = query.mustNot.map((inner) => not(scope.condition(inner)));
  const least = required.length === 0 ? 1 : 0;
  const count = query.minimumShouldMatch === undefined ? least : Math.max(least, resolveMinimum(query.minimumShouldMatch, optional.length));
  return and([...required, optional.length === 0 ? always : atLeast(count, optional), ...prohibited]);
};
