import { AppError } from '../../lib/errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { intrinsics, kindNames, statusNames } from '../traceql/intrinsics.ts';
import { knownAttribute, knownAttributeNames } from '../traceql/mesh-names.ts';
import { parseExpression } from '../traceql/parse-expression.ts';
import type { Field, Intrinsic } from '../traceql/query.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import { TokenReader } from '../traceql/token-reader.ts';
import { parseLiteral } from '../traces/attribute-values.ts';
import { rangeSql } from './service-map.ts';

export type TagNames = Readonly<{
  intrinsic: readonly string[];
  mesh: readonly string[];
  span: readonly string[];
  resource: readonly string[];
}>;
export type TagValue = Readonly<{
  value: string | number | boolean;
  type: 'string' | 'number' | 'boolean' | 'status' | 'kind';
  spans: number;
}>;

/** Completion looks at so many spans at most. */
const sampledSpans = 1_000_000;

/** Names to complete a query with, sorted. */
export async function tagNames(
  engine: Pick<Engine, 'select'>,
  range: TimeRange,
  limit: number,
  limits: QueryLimits = {},
): Promise<TagNames> {
  const [row] = await engine.select(
    `SELECT arraySort(groupUniqArrayArray(${limit})(a)) AS span, arraySort(groupUniqArrayArray(${limit})(r)) AS resource
FROM (SELECT mapKeys(attributes) AS a, mapKeys(resource) AS r FROM spans WHERE ${rangeSql(range)} LIMIT ${sampledSpans})`,
    limits,
  );
  return {
    intrinsic: Object.values(intrinsics).flatMap(({ scoped, bare }) => scoped ?? bare ?? []),
    mesh: knownAttributeNames('any'),
    span: (row?.span ?? []) as readonly string[],
    resource: (row?.resource ?? []) as readonly string[],
  };
}

const textIntrinsics: Readonly<Partial<Record<Intrinsic, string>>> = {
  name: 'name',
  statusMessage: 'status_message',
  rootName: `if(empty(parent_id), name, '')`,
  rootService: `if(empty(parent_id), service, '')`,
};

/** Values that a field had, the most frequent first. `name`: a field as TraceQL writes it; a bare name is taken for an attribute. */
export async function tagValues(
  engine: Pick<Engine, 'select'>,
  name: string,
  range: TimeRange,
  limit: number,
  limits: QueryLimits = {},
): Promise<readonly TagValue[]> {
  const field = fieldOf(name);
  if (field.ofParent) throw new AppError('unsupported', 'Values are listed for fields of a span, not of its parent.');
  if (field.of === 'intrinsic' && (field.intrinsic === 'status' || field.intrinsic === 'kind'))
    return words(engine, field.intrinsic, range, limits);
  const { sql, isJson } = valueSql(field, name);
  const rows = await engine.select(
    `SELECT v, count() AS spans FROM (SELECT ${sql} AS v FROM spans WHERE ${rangeSql(range)} AND notEmpty(v) LIMIT ${sampledSpans})
GROUP BY v ORDER BY spans DESC, v LIMIT ${limit}`,
    limits,
  );
  return rows.flatMap((row): TagValue[] => {
    const value = isJson ? parseLiteral(String(row.v)) : String(row.v);
    const spans = Number(row.spans);
    if (typeof value === 'string') return [{ value, type: 'string', spans }];
    if (typeof value === 'number') return [{ value, type: 'number', spans }];
    return typeof value === 'boolean' ? [{ value, type: 'boolean', spans }] : [];
  });
}

function fieldOf(name: string): Field {
  const parse = (text: string) => parseExpression(new TokenReader(text));
  let expression: ReturnType<typeof parse> | undefined;
  try {
    expression = parse(name);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  if (expression?.kind === 'field') return expression.field;
  return { of: 'attribute', scope: 'any', name, ofParent: false };
}

function valueSql(field: Field, name: string): Readonly<{ sql: string; isJson: boolean }> {
  if (field.of === 'intrinsic') {
    const sql = textIntrinsics[field.intrinsic];
    if (sql === undefined)
      throw new AppError(
        'unsupported',
        `Values of ${JSON.stringify(name.slice(0, 100))} are not listed, because nearly every span has another.`,
      );
    return { sql: `toString(${sql})`, isJson: false };
  }
  const known = knownAttribute(field.scope, field.name);
  if (known !== undefined)
    return {
      sql: known.column.type === 'text' ? `toString(${known.column.sql})` : `ifNull(toString(${known.column.sql}), '')`,
      isJson: known.column.type === 'count',
    };
  const key = sqlString(field.name);
  switch (field.scope) {
    case 'span':
      return { sql: `attributes[${key}]`, isJson: true };
    case 'resource':
      return { sql: `resource[${key}]`, isJson: true };
    case 'any':
      return { sql: `if(notEmpty(attributes[${key}]), attributes[${key}], resource[${key}])`, isJson: true };
    default:
      throw new AppError('unsupported', `Values of ${field.scope} attributes are not listed.`);
  }
}

async function words(
  engine: Pick<Engine, 'select'>,
  column: 'status' | 'kind',
  range: TimeRange,
  limits: QueryLimits,
): Promise<readonly TagValue[]> {
  const rows = await engine.select(
    `SELECT toString(${column}) AS v, count() AS spans FROM spans WHERE ${rangeSql(range)} GROUP BY v ORDER BY spans DESC`,
    limits,
  );
  const [names, unset]: readonly [readonly string[], string] = column === 'status' ? [statusNames, 'unset'] : [kindNames, 'unspecified'];
  return rows
    .map(({ v, spans }) => ({ value: v === '' ? unset : String(v), type: column, spans: Number(spans) }))
    .filter(({ value }) => names.includes(value));
}
