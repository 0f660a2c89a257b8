import { sqlIdentifier, sqlStrings } from '../../lib/sql-text.ts';
import type { AuditedLog, LogPlace } from '../../model/audited-log.ts';
import { segmentsPerMilli } from '../../model/journal-line.ts';
import { logColumn } from '../../model/log-fields.ts';
import type { Engine, Row } from '../../store/engine/engine.ts';
import { idExpression } from '../../store/logs/id-expression.ts';

/** In numbers of segments: those of four seconds. */
const firstWidth = 4000 * segmentsPerMilli;

/** In characters. */
const maxText = 4096;
const maxMember = 1024;

/**
 * A field is in its column, or, in documents that the columns cannot hold and in those whose keys have dots, in `doc`; OpenTelemetry's log
 * records have it among their attributes. Of a list the column has the text, and `doc` the elements.
 */
const readings = (path: string): readonly string[] => [
  `arrayStringConcat(arrayMap(x -> ifNull(x, ''), doc.${sqlIdentifier(path)}.:\`Array(Nullable(String))\`), ', ')`,
  columnText(path),
  ...[path, `attributes.${path}`].map((name) => `ifNull(doc.${sqlIdentifier(name)}.:String, '')`),
];

const topName = (path: string): string => path.split('.', 1)[0] as string;

const columnText = (path: string): string => `toString(${logColumn(path)})`;

const members: readonly (readonly [name: string, path: string])[] = [
  ['service', 'service.name'],
  ['agent', 'agent.name'],
  ['request_id', 'request_id'],
  ['trace_id', 'trace.trace_id'],
  ['span_id', 'trace.span_id'],
  ['user_id', 'user_id'],
  ['said_time', 'audit.timestamp'],
];

const said: readonly (readonly [name: 'action' | 'resource' | 'result' | 'actor', paths: readonly string[]])[] = [
  ['action', ['audit.action']],
  ['resource', ['audit.resource']],
  ['result', ['audit.result']],
  ['actor', ['audit.user_id', 'user_id', 'agent.name', 'service.name']],
];

/** The loader takes a list of texts for an object whose members have no names. */
const isAudited = `(${readings('audit.action')
  .map((sql) => `notEmpty(${sql})`)
  .join(' OR ')}) AND NOT startsWith(dynamicType(doc.audit), 'Array')`;

/** True for all those and hardly any others. */
const maybeAudited = `(notEmpty(audit_action) OR isNotNull(doc.\`audit.action\`) OR isNotNull(doc.\`attributes.audit.action\`))`;

/** What a document that `doc` would tell something about has beside its columns; a name may be escaped. */
const namesOutside = [
  'attributes',
  ...new Set([...members.map(([, path]) => path), ...said.flatMap(([, paths]) => paths)].map(topName)),
  '\\u',
];

/** Everything that is asked for is in columns, so that `doc` need not be read, which costs many times as much. */
const isPlain = `empty(raw) AND notEmpty(audit_action) AND NOT multiSearchAny(rest, [${sqlStrings(namesOutside)}])`;

/** The columns of the answer, when the texts of a field are `textsOf` it, the first that is not empty. */
function columns(textsOf: (path: string) => readonly string[]): string {
  const first = (paths: readonly string[], max: number) => {
    const cases = paths.flatMap(textsOf).map((sql) => `notEmpty(${sql}), ${sql}`);
    return `substringUTF8(multiIf(${cases.join(', ')}, ''), 1, ${max})`;
  };
  return [
    `_segment AS place_segment, _row AS place_row, toString(_index) AS in_index, ${idExpression} AS document_id, toString(timestamp) AS said_at`,
    ...said.map(([name, paths]) => `${first(paths, maxText)} AS said_${name}`),
    ...members.map(([name, path]) => `${first([path], maxMember)} AS member_${name}`),
  ].join(', ');
}

const fromColumns = columns((path) => [columnText(path)]);
const fromAll = columns(readings);

/**
 * Documents with an `audit.action` behind a row, in segments up to `untilSegment`, in the order of their arrival; of the first `max` that
 * may have one. `next`: the last row that was looked at, undefined when there are no more. A text or a list of texts that stands where an
 * object should be is no audit record; a number or an object where a text should be counts with its JSON.
 */
export async function auditedLogs(
  engine: Pick<Engine, 'select'>,
  after: LogPlace,
  untilSegment: number,
  max: number,
): Promise<Readonly<{ found: readonly AuditedLog[]; next: LogPlace | undefined }>> {
  const [first, last] = [Math.trunc(after.segment), Math.trunc(untilSegment)];
  const behind = `(_segment, _row) > (${first}, ${Math.trunc(after.row)})`;
  // A page is sought in few segments first, because finding the first of a sorted page reads all that are asked for.
  let candidates: readonly Row[];
  let until: number;
  let width = firstWidth;
  do {
    until = Math.min(first + width, last);
    width *= 16;
    candidates = await engine.select(
      `SELECT _segment AS segment, _row AS row FROM logs WHERE _segment >= ${first} AND _segment <= ${until} AND ${behind} AND ${maybeAudited}
       ORDER BY _segment, _row LIMIT ${Math.trunc(max)}`,
    );
  } while (candidates.length === 0 && until < last);
  const end = candidates.at(-1);
  if (end === undefined) return { found: [], next: undefined };
  const page = `FROM logs WHERE _segment >= ${first} AND _segment <= ${end.segment} AND ${behind} AND (_segment, _row) <= (${end.segment}, ${end.row})`;
  const found = (await engine.select(`SELECT ${fromColumns} ${page} AND ${isPlain}`)).map(auditedLog);
  const plain = new Set(found.map(({ segment, row }) => `${segment} ${row}`));
  const others = candidates.filter(({ segment, row }) => !plain.has(`${segment} ${row}`)).map(({ segment, row }) => `(${segment}, ${row})`);
  if (others.length > 0) {
    const rows = await engine.select(`SELECT ${fromAll} ${page} AND (_segment, _row) IN (${others.join(', ')}) AND ${isAudited}`);
    found.push(...rows.map(auditedLog));
  }
  found.sort((one, other) => one.segment - other.segment || one.row - other.row);
  return { found, next: candidates.length < max && until === last ? undefined : { segment: Number(end.segment), row: Number(end.row) } };
}

const auditedLog = (row: Row): AuditedLog => ({
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
    ...Object.fromEntries(members.map(([name]) => [name, String(row[`member_${name}`])])),
  },
});
