import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { JsonObject } from '../../lib/json/json-text.ts';
import { sqlString } from '../../lib/sql-text.ts';
import { keyValues } from '../aggregations/field-values.ts';
import { toCondition } from '../filter/condition.ts';
import { parseQuery } from '../filter/parse-query.ts';
import { readBoolean, readInteger, readString } from './read-json.ts';
import type { Search, SearchInput } from './search.ts';

/** `_terms_enum`: values of a field that begin with a text, for completion in editors. */
export async function enumerateTerms(search: Search, input: SearchInput): Promise<Readonly<{ terms: readonly string[]; shards: number }>> {
  const { body } = input;
  const request = readRequest(body);
  const targets = search.resolve(input);
  const scope = await search.scope(targets);
  const values = keyValues(scope.fields, request.field);
  if (values === undefined) return { terms: [], shards: targets.length };
  const conditions = [scope.visible, toCondition(parseQuery(body.index_filter ?? undefined), scope.fields, { now: scope.now })];
  const term = values.array ? `arrayJoin(${values.sql})` : values.sql;
  const [text, prefix] = request.caseInsensitive ? ['lowerUTF8(t)', request.prefix.toLowerCase()] : ['t', request.prefix];
  const after = request.after === undefined ? '' : ` AND t > ${sqlString(request.after)}`;
  const rows = await search.select(
    `SELECT DISTINCT toString(term) AS t FROM (SELECT ${term} AS term FROM logs WHERE ${conditions.join(' AND ')})
WHERE t != '' AND startsWith(${text}, ${sqlString(prefix)})${after} ORDER BY t LIMIT ${request.size}`,
    { signal: input.signal },
  );
  return { terms: rows.map((row) => String(row.t)), shards: targets.length };
}

function readRequest(body: JsonObject) {
  const field = readString(body.field, 'field');
  if (field === undefined) throw illegalArgument('field cannot be null');
  const size = readInteger(body.size, 'size', 10, 1);
  if (size > 10_000) throw illegalArgument('[size] must be at most 10000');
  return {
    field,
    size,
    prefix: readString(body.string, 'string') ?? '',
    caseInsensitive: readBoolean(body.case_insensitive, 'case_insensitive'),
    after: readString(body.search_after, 'search_after'),
  };
}
