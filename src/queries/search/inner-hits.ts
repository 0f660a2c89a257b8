import { sqlString } from '../../lib/sql-text.ts';
import type { Row } from '../../store/engine/engine.ts';
import type { InnerHits } from './collapse.ts';
import { createHitPrinter } from './print-hit.ts';
import { collapseKey, planSearch } from './search-plan.ts';
import type { Select } from './search-ports.ts';
import { parseHitView, type SearchRequest } from './search-request.ts';
import type { SearchScope } from './search-scope.ts';
import { parseSort } from './sort-request.ts';

/** JSON text of `inner_hits` for each collapsed hit: further hits with the same value of the field. */
export async function innerHits(
  request: SearchRequest,
  scope: SearchScope,
  rows: readonly Row[],
  select: Select,
): Promise<readonly string[] | undefined> {
  const { collapse } = request;
  if (!collapse || collapse.inner.length === 0) return undefined;
  const key = collapseKey(collapse.field, scope);
  return await Promise.all(
    rows.map(async (row) => {
      const same = row.h_group === null ? `isNull(${key})` : `toString(${key}) = ${sqlString(String(row.h_group))}`;
      const parts = await Promise.all(collapse.inner.map((inner) => innerText(inner, request, scope, same, select)));
      return `{${parts.join(',')}}`;
    }),
  );
}

async function innerText(inner: InnerHits, request: SearchRequest, scope: SearchScope, same: string, select: Select): Promise<string> {
  const one: SearchRequest = {
    ...request,
    ...parseHitView(inner.body),
    from: inner.from,
    size: inner.size,
    sort: parseSort(inner.body.sort),
    searchAfter: undefined,
    collapse: undefined,
    aggregations: [],
  };
  const plan = planSearch(one, scope, { extra: same });
  const [rows, counted] = await Promise.all([plan.hits === undefined ? [] : select(plan.hits), select(plan.count(undefined))]);
  const print = createHitPrinter(one, plan.keys, scope);
  const total = `{"value":${Number(counted[0]?.n)},"relation":"eq"}`;
  return `${JSON.stringify(inner.name)}:{"hits":{"total":${total},"max_score":null,"hits":[${rows.map((row) => print(row)).join(',')}]}}`;
}
