import { parsingError } from '../../lib/elasticsearch-errors.ts';
import type { JsonObject } from '../../lib/json/json-text.ts';
import { toCondition } from '../filter/condition.ts';
import { parseQuery } from '../filter/parse-query.ts';
import { countAll, countedMinutes } from './counted-minutes.ts';
import { asPhaseError } from './phase-error.ts';
import { readInteger, readNumber } from './read-json.ts';
import type { Search, SearchInput } from './search.ts';

/** `_count`. */
export async function countDocuments(search: Search, input: SearchInput): Promise<Readonly<{ count: number; shards: number }>> {
  const { query, min_score: minScore, terminate_after: limit, ...others } = input.body;
  refuseOthers(others);
  const targets = search.resolve(input);
  const indices = targets.map(({ index }) => index);
  try {
    const scope = await search.scope(targets);
    const parsed = parseQuery(query ?? undefined);
    const others = [scope.visible, ...((readNumber(minScore, 'min_score') ?? 0) > 1 ? ['0'] : [])];
    const most = readInteger(limit, 'terminate_after', 0);
    const where = [...others, toCondition(parsed, scope.fields, { now: scope.now })].join(' AND ');
    const sql =
      most > 0
        ? `SELECT count() AS n FROM (SELECT 1 FROM logs WHERE ${where} LIMIT ${most})`
        : `SELECT count() AS n FROM logs WHERE ${where}`;
    const counted = most > 0 ? undefined : countedMinutes(parsed, scope, others);
    const count = await countAll(counted, sql, (text) => search.select(text, { signal: input.signal }));
    return { count, shards: indices.length };
  } catch (error) {
    throw asPhaseError(error, indices, 'query');
  }
}

/** Endpoints that take a query only refuse anything beside it. */
export function refuseOthers(others: JsonObject): void {
  const [name] = Object.keys(others);
  if (name !== undefined) throw parsingError(`request does not support [${name.slice(0, 200)}]`);
}

/** `_validate/query`: undefined when the query can be run, else why not. */
export async function validateQuery(search: Search, input: SearchInput): Promise<string | undefined> {
  const { query, ...others } = input.body;
  refuseOthers(others);
  const scope = await search.scope(search.resolve(input));
  try {
    toCondition(parseQuery(query ?? undefined), scope.fields, { now: scope.now });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
