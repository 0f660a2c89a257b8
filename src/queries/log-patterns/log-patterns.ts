import type { Field } from '../fields/field.ts';
import { toCondition } from '../filter/condition.ts';
import { parseQuery } from '../filter/parse-query.ts';
import type { Search } from '../search/search.ts';
import type { SearchScope } from '../search/search-scope.ts';
import { mergeTemplates, type TemplateCount } from './merge-templates.ts';
import { templateExpression } from './template-expression.ts';

export type PatternQuestion = Readonly<{
  index: string;
  /** Elasticsearch's query DSL, without the time. */
  query: Readonly<Record<string, unknown>> | undefined;
  /** Unix milliseconds; the end is not included. The time of the same length before it is what is compared with. */
  startMillis: number;
  endMillis: number;
}>;

export type PatternAnswer = Readonly<{
  /** The most frequent first; those of the time before alone have a count of 0. */
  patterns: readonly TemplateCount[];
  records: number;
  recordsBefore: number;
  /** 1: every record was read. Else one in so many, and all counts are estimates. */
  sampledEvery: number;
  /** Rarer templates than could be held were left out. */
  isCut: boolean;
  /** Of one value of `trend`. */
  stepMillis: number;
}>;

/** Reading and cutting up this many messages takes about a second. */
const mostRead = 500_000;
const mostTemplates = 10_000;
const trendParts = 30;

/** Kinds of messages with how often they came, compared with the time before. Rejects with `AppError`. */
export async function findLogPatterns(search: Search, question: PatternQuestion, signal?: AbortSignal): Promise<PatternAnswer> {
  const { index, query, startMillis, endMillis } = question;
  const scope = await search.scope(search.resolve({ index }));
  const beforeMillis = 2 * startMillis - endMillis;
  const range = { range: { timestamp: { gte: beforeMillis, lt: endMillis, format: 'epoch_millis' } } };
  const filter = { bool: { filter: [range, ...(query === undefined ? [] : [query])] } };
  const where = `${scope.visible} AND ${toCondition(parseQuery(filter), scope.fields, { now: scope.now })}`;
  const isNow = `timestamp >= fromUnixTimestamp64Milli(toInt64(${Math.trunc(startMillis)}))`;
  const [counted] = await search.select(`SELECT countIf(${isNow}) AS records, count() AS both FROM logs WHERE ${where}`, { signal });
  const records = Number(counted?.records);
  const both = Number(counted?.both);
  const sampledEvery = Math.max(1, Math.ceil(both / mostRead));
  const stepMillis = (endMillis - startMillis) / trendParts;
  const rows = await search.select(templatesSql({ scope, where, isNow, sampledEvery, startMillis, stepMillis }), { signal });
  const templates = rows.slice(0, mostTemplates).map((row): TemplateCount => {
    const [parts, counts] = row.trend as readonly [readonly number[], readonly (number | string)[]];
    const trend = Array.from({ length: trendParts }, () => 0);
    for (const [at, part] of parts.entries()) trend[part] = Number(counts[at]) * sampledEvery;
    return {
      template: String(row.template),
      count: Number(row.now_count) * sampledEvery,
      countBefore: Number(row.before_count) * sampledEvery,
      trend,
      lastMillis: Number(row.last_millis),
      message: String(row.message),
      level: String(row.said_level),
      traceId: String(row.trace_id),
      agents: row.agents as readonly string[],
    };
  });
  return {
    patterns: mergeTemplates(templates),
    records,
    recordsBefore: both - records,
    sampledEvery,
    isCut: rows.length > mostTemplates,
    stepMillis,
  };
}

type TemplatesPlan = Readonly<{
  scope: SearchScope;
  where: string;
  isNow: string;
  sampledEvery: number;
  startMillis: number;
  stepMillis: number;
}>;

function templatesSql({ scope, where, isNow, sampledEvery, startMillis, stepMillis }: TemplatesPlan): string {
  const { fields } = scope;
  const said = textOf(fields.find('msg'), fields.find('exception.message'));
  const sample = sampledEvery === 1 ? '' : ` AND cityHash64(_segment, _row) % ${sampledEvery} = 0`;
  const part = `least(${trendParts - 1}, greatest(0, toInt32(intDiv(toUnixTimestamp64Milli(timestamp) - ${Math.trunc(startMillis)}, ${Math.max(1, stepMillis)}))))`;
  return `SELECT ${templateExpression('said')} AS template, countIf(is_now) AS now_count, countIf(NOT is_now) AS before_count,
      sumMapIf([part], [toUInt64(1)], is_now) AS trend, toUnixTimestamp64Milli(max(said_at)) AS last_millis,
      argMax(substringUTF8(said, 1, 2000), said_at) AS message, argMax(level_text, said_at) AS said_level,
      argMax(trace_text, (notEmpty(trace_text), said_at)) AS trace_id, arrayFilter(x -> notEmpty(x), groupUniqArray(5)(agent_text)) AS agents
    FROM (SELECT ${said} AS said, timestamp AS said_at, ${isNow} AS is_now, ${part} AS part, ${textOf(fields.find('level'))} AS level_text,
        ${textOf(fields.find('trace.trace_id'))} AS trace_text, ${textOf(fields.find('agent.name'), fields.find('service.name'))} AS agent_text
      FROM logs WHERE ${where}${sample})
    GROUP BY template ORDER BY now_count + before_count DESC, template LIMIT ${mostTemplates + 1}`;
}

/** SQL: the first text that one of the fields has; values of a list with commas, and what is no text as one. */
function textOf(...fields: readonly Field[]): string {
  const texts = fields.flatMap(({ readings }) =>
    readings.map(({ sql, array }) =>
      array ? `arrayStringConcat(arrayMap(x -> toString(x), ${sql}), ', ')` : `ifNull(toString(${sql}), '')`,
    ),
  );
  const [first = "''"] = texts;
  return texts.length < 2 ? first : `multiIf(${texts.map((text) => `notEmpty(${text}), ${text}`).join(', ')}, '')`;
}
