import { sqlString } from '../../lib/sql-text.ts';
import { traceKey } from '../../model/trace-id.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { parseLiteral } from '../traces/attribute-values.ts';
import { spansCondition } from '../traces/read-trace.ts';

/** A value of a field, and in how many traces of either group at least one span has it. */
export type Difference = Readonly<{
  /** As TraceQL writes it. */
  field: string;
  value: string | number | boolean;
  selected: number;
  others: number;
}>;

/** Longer values are contents, not something that traces have in common; in characters of JSON. */
const longestValue = 200;

const quotedName = (sql: string) => `if(match(${sql}, '^[A-Za-z_][A-Za-z0-9_.-]*$'), ${sql}, toJSONString(${sql}))`;

const attributePairs = (scope: string, column: string) =>
  `arrayMap((k, v) -> (concat('${scope}.', ${quotedName('k')}), v), mapKeys(${column}), mapValues(${column}))`;

/** Columns of `spans` beside its attributes that traces are told apart by, with TraceQL's names. */
const textColumns: readonly (readonly [string, string])[] = [
  ['name', 'name'],
  ['resource.service.name', 'service'],
  ['statusMessage', 'status_message'],
  ['.gen_ai.request.model', 'model'],
  ['.target_agent', 'target'],
  ['.capability', 'capability'],
];

/**
 * What sets the selected traces apart from the others: values ranked by the difference of the shares of traces that have them, either way.
 * Values that one trace alone has are left out. Ids in any spelling; unknown ones count as traces without values.
 */
export async function differences(
  engine: Pick<Engine, 'select'>,
  selected: readonly string[],
  others: readonly string[],
  limit: number,
  limits: QueryLimits = {},
): Promise<readonly Difference[]> {
  if (selected.length === 0 || others.length === 0) return [];
  const hashes = (ids: readonly string[]) => ids.map((id) => `cityHash64(${sqlString(traceKey(id))})`).join(', ');
  const columns = textColumns.map(([name, column]) => `('${name}', if(empty(${column}), '', toJSONString(toString(${column}))))`);
  const pairs = [
    attributePairs('span', 'attributes'),
    `arrayFilter(pair -> pair.1 != 'resource.service.name', ${attributePairs('resource', 'resource')})`,
    `[${columns.join(', ')}]`,
  ];
  const rows = await engine.select(
    `SELECT field, value, uniqExactIf(trace_hash, is_selected) AS inside, uniqExactIf(trace_hash, NOT is_selected) AS outside
FROM (SELECT DISTINCT trace_hash, trace_hash IN (${hashes(selected)}) AS is_selected,
    arrayJoin(arrayFilter(pair -> notEmpty(pair.2) AND lengthUTF8(pair.2) <= ${longestValue} AND NOT match(pair.2, '^[[{]'), arrayConcat(${pairs.join(', ')}))) AS pair,
    pair.1 AS field, pair.2 AS value
  FROM spans WHERE ${spansCondition(hashes([...selected, ...others]), undefined)})
GROUP BY field, value HAVING inside + outside > 1 AND inside / ${selected.length} != outside / ${others.length}
ORDER BY abs(inside / ${selected.length} - outside / ${others.length}) DESC, length(field), field, value LIMIT ${limit}`,
    limits,
  );
  return rows.flatMap((row): Difference[] => {
    const value = parseLiteral(String(row.value));
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
    return [{ field: String(row.field), value, selected: Number(row.inside), others: Number(row.outside) }];
  });
}
