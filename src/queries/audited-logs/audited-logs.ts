import { sqlIdentifier } from '../../lib/sql-text.ts';
import type { AuditedLog, LogPlace } from '../../model/audited-log.ts';
import { logColumn } from '../../model/log-fields.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { idExpression } from '../../store/logs/id-expression.ts';

/** In characters. */
const maxText = 4096;

/**
 * A field is in its column, or, in documents that the columns cannot hold and in those whose keys have dots, in `doc`; OpenTelemetry's log
 * records have it among their attributes. Of a list the column has the text, and `doc` the elements.
 */
const readings = (path: string): readonly string[] => [
  `arrayStringConcat(arrayMap(x -> ifNull(x, ''), doc.${sqlIdentifier(path)}.:\`Array(Nullable(String))\`), ', ')`,
  `toString(${logColumn(path)})`,
  ...[path, `attributes.${path}`].map((name) => `ifNull(doc.${sqlIdentifier(name)}.:String, '')`),
];

const firstOf = (paths: readonly string[]): string => {
  const values = paths.flatMap(readings);
  return `substringUTF8(multiIf(${values.map((sql) => `notEmpty(${sql}), ${sql}`).join(', ')}, ''), 1, ${maxText})`;
};

const memberPaths: readonly (readonly [name: string, path: string])[] = [
  ['service', 'service.name'],
  ['agent', 'agent.name'],
  ['request_id', 'request_id'],
  ['trace_id', 'trace.trace_id'],
  ['span_id', 'trace.span_id'],
  ['user_id', 'user_id'],
  ['said_time', 'audit.timestamp'],
];

/** The loader takes a list of texts for an object whose members have no names. */
const isAudited = `(${readings('audit.action')
  .map((sql) => `notEmpty(${sql})`)
  .join(' OR ')}) AND NOT startsWith(dynamicType(doc.audit), 'Array')`;

/** True for all those and hardly any others. Most servers have none, and the whole question costs many times as much. */
const maybeAudited = `notEmpty(audit_action) OR isNotNull(doc.\`audit.action\`) OR isNotNull(doc.\`attributes.audit.action\`)`;

/**
 * Documents with an `audit.action` behind a row, in segments up to `untilSegment`, in the order of their arrival; the first `max`. A text or a list
 * of texts that stands where an object should be is no audit record; a number or an object where a text should be counts with its JSON.
 */
export async function auditedLogs(
  engine: Pick<Engine, 'select'>,
  after: LogPlace,
  untilSegment: number,
  max: number,
): Promise<readonly AuditedLog[]> {
  const between = `_segment >= ${Math.trunc(after.segment)} AND _segment <= ${Math.trunc(untilSegment)}
       AND (_segment, _row) > (${Math.trunc(after.segment)}, ${Math.trunc(after.row)})`;
  const [candidate] = await engine.select(`SELECT 1 AS found FROM logs WHERE ${between} AND (${maybeAudited}) LIMIT 1`);
  if (candidate === undefined) return [];
  const members = memberPaths.map(([name, path]) => `${firstOf([path])} AS member_${name}`);
  const rows = await engine.select(
    `SELECT _segment AS place_segment, _row AS place_row, toString(_index) AS in_index, ${idExpression} AS document_id, toString(timestamp) AS said_at,
       ${firstOf(['audit.action'])} AS said_action, ${firstOf(['audit.resource'])} AS said_resource, ${firstOf(['audit.result'])} AS said_result,
       ${firstOf(['audit.user_id', 'user_id', 'agent.name', 'service.name'])} AS said_actor, ${members.join(', ')}
     FROM logs WHERE ${between} AND ${isAudited}
     ORDER BY _segment, _row LIMIT ${Math.trunc(max)}`,
  );
  return rows.map((row) => ({
    segment: Number(row.place_segment),
    row: Number(row.place_row),
    index: String(row.in_index),
    id: String(row.document_id),
    action: String(row.said_action),
    resource: String(row.said_resource),
    result: String(row.said_result),
    actor: String(row.said_actor),
    members: {
      time: `${String(row.said_at).replace(' ', 'T')}Z`,
      ...Object.fromEntries(memberPaths.map(([name]) => [name, String(row[`member_${name}`])])),
    },
  }));
}
