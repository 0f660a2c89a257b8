import { type CallColumn, type CallScope, mcpRows, meshRows, within } from './call-rows.ts';

/** What there is to be told apart in the range, so that nothing is looked for that cannot be there. */
export type CallMix = Readonly<{
  rows: number;
  /** The calling side has sent spans. */
  hasCallers: boolean;
  /** Some of their calls may have spans of the called side that are not their children. */
  hasLost: boolean;
  /** Both recorders and servers have sent spans below one caller's. */
  hasBoth: boolean;
  /** Both have named the conversation. */
  hasConversations: boolean;
}>;

/** Spans of MCP, of MCP Mesh, of the calling side, and, below a caller's span, of servers themselves and of recorders. */
export const countRows = (scope: CallScope): string =>
  `SELECT countIf(is_server = 1 AND recorded = 0 AND has_caller = 1) AS own, countIf(is_server = 1 AND recorded = 1 AND has_caller = 1) AS recorded_behind,
    countIf(is_server = 1 AND recorded = 0 AND has_conversation = 1) AS own_named,
    countIf(is_server = 1 AND recorded = 1 AND has_conversation = 1) AS recorded_named,
    countIf(is_server = 0) AS callers, count() AS mcp, (SELECT count() FROM (${meshRows(scope, ['trace_hash'])})) AS mesh
  FROM (SELECT is_server, recorded, has_conversation, toUInt8(parent_id != '') AS has_caller
    FROM (${mcpRows(scope, ['is_server', 'recorded', 'has_conversation', 'parent_id'])}))`;

/** Whether there is a server's span below something else than a span of the calling side. */
export const lostRows = (scope: CallScope): string => `SELECT 1 AS one FROM (${lostSql(scope)}) LIMIT 1`;

/** Servers' spans, by what stands above them. */
const childrenSql = (scope: CallScope): string =>
  `SELECT trace_hash, parent_id AS above, tool FROM (${mcpRows(scope, ['trace_hash', 'parent_id', 'tool', 'is_server'])}) WHERE is_server = 1 AND parent_id != ''`;

const callersSql = (scope: CallScope): string =>
  `SELECT trace_hash, span_id FROM (${mcpRows(scope, ['trace_hash', 'span_id', 'is_server'])}) WHERE is_server = 0`;

const lostSql = (scope: CallScope): string =>
  `SELECT * FROM (${childrenSql(scope)}) WHERE (trace_hash, above) NOT IN (${callersSql(scope)})`;

/** What is the same in all rows of a call. */
const key = ['trace_hash', 'span_id', 'tool'] as const;

/** How a column of a call is read: from its one row, or from the one of its rows that says most. */
type Read = (column: CallColumn) => string;
const ofOnly: Read = (column) => column;
const ofLatest =
  (columns: readonly CallColumn[]): Read =>
  (column) =>
    `tupleElement(latest, ${columns.indexOf(column) + 1})`;

/** `repeats`: whether some calls of the scope have several rows, or events for rows. */
export const repeatsSql = (scope: CallScope): string =>
  `SELECT count() != uniqExact(cityHash64(trace_hash, span_id, tool)) OR min(rank) < 3 AS repeats FROM (${bothRows(scope, [...key, 'rank'])})`;

const bothRows = (scope: CallScope, wanted: readonly CallColumn[]): string =>
  `${mcpRows(scope, wanted)} UNION ALL ${meshRows(scope, wanted)}`;

/** What some questions read of a call, and others need not. */
export const callDetails = [
  'trace_id',
  'server',
  'client',
  'outcome',
  'error_type',
  'request',
  'response',
] as const satisfies readonly CallColumn[];
export type CallDetail = (typeof callDetails)[number];

/**
 * One row for each call that has ended: `trace_hash span_id tool failed began_ns ended_ns lasted_ns` and the details. A call counts once
 * - however often its span was sent, also as MCP Mesh's span beside OpenTelemetry's, or as an event for its start and one for its end;
 * - when both sides sent a span: the server's counts, which is a child of the client's, or stands below the spans of HTTP between them;
 * - when a recorder stands before a server that sends spans itself: the recorder's counts, which knows bytes and outcome;
 * - in however many rounds it asked for input: the last one counts.
 */
export function callsSql(scope: CallScope, mix: CallMix, hasRepeats: boolean, details: readonly CallDetail[]): string {
  const columns = [...new Set<CallColumn>([...details, ...columnsFor(mix), ...ofEach, ...(hasRepeats ? ofSeveralRows : [])])];
  const rows = bothRows(scope, [...key, ...columns]);
  const of = hasRepeats ? ofLatest(columns) : ofOnly;
  const counts = [
    `${of('outcome')} != 'input_required'`,
    ...(mix.hasBoth ? [`NOT (${isRecordedElsewhere(scope, of)})`] : []),
    ...(mix.hasConversations ? [`NOT (${isRecordedInConversation(scope, of)})`] : []),
    ...(mix.hasCallers ? [`NOT (${isAnswered(scope, of, mix.hasLost)})`] : []),
  ].join(' AND ');
  const told = details.map((name) => `, ${of(name)} AS ${name}`).join('');
  // Nearly always a call is one row, and then grouping would cost more than all else.
  if (!hasRepeats) {
    return `SELECT ${key.join(', ')}${told}, failed, start_ns AS began_ns, end_ns AS ended_ns, took AS lasted_ns
    FROM (${rows}) WHERE ${counts}`;
  }
  const calls = `SELECT ${key.join(', ')}, argMax(tuple(${columns.join(', ')}), (rank, is_mcp, end_ns, start_ns)) AS latest,
      max(failed) AS any_failed, countIf(rank = 0) AS starts, minIf(start_ns, rank = 0) AS first_start
    FROM (${rows})
    GROUP BY ${key.join(', ')}`;
  return `SELECT ${key.join(', ')}${told}, if(${of('is_decided')} = 1, ${of('failed')}, any_failed) AS failed,
    if(${of('rank')} < 3 AND starts > 0, first_start, ${of('start_ns')}) AS began_ns, ${of('end_ns')} AS ended_ns,
    if(${of('rank')} = 3 OR ${of('took')} > 0, ${of('took')}, greatest(toInt64(0), ended_ns - began_ns)) AS lasted_ns
  FROM (${calls})
  WHERE ${of('rank')} > 0 AND ${counts}`;
}

const ofEach: readonly CallColumn[] = ['failed', 'start_ns', 'end_ns', 'took'];
/** By which rows of one call are put in order and together. */
const ofSeveralRows: readonly CallColumn[] = ['rank', 'is_mcp', 'is_decided'];

/** What the conditions read by which a call counts. */
const columnsFor = ({ hasBoth, hasConversations, hasCallers }: CallMix): readonly CallColumn[] => [
  'outcome',
  ...(hasBoth || hasCallers ? (['is_mcp', 'is_server'] as const) : []),
  ...(hasBoth || hasConversations ? (['is_server', 'recorded'] as const) : []),
  ...(hasBoth ? (['parent_id', 'request_id'] as const) : []),
  ...(hasConversations ? (['conversation_key'] as const) : []),
];

/** The server's own span of a call that a recorder in front of it has recorded: same caller, same JSON-RPC id, same tool. */
const isRecordedElsewhere = (
  scope: CallScope,
  of: Read,
): string => `${of('is_mcp')} = 1 AND ${of('is_server')} = 1 AND ${of('recorded')} = 0
    AND ${of('parent_id')} != '' AND ${of('request_id')} != ''
    AND (trace_hash, ${of('parent_id')}, ${of('request_id')}, tool) IN (
      SELECT trace_hash, parent_id, request_id, tool
      FROM (${mcpRows(scope, ['trace_hash', 'parent_id', 'request_id', 'tool', 'is_server', 'recorded'])})
      WHERE is_server = 1 AND recorded = 1 AND parent_id != '')`;

/**
 * The same where the client sent no trace context: in the conversation that both name, the same JSON-RPC id, tool and server. Their traces are not the
 * same, so the recorder's may be in another slice.
 */
const isRecordedInConversation = (scope: CallScope, of: Read): string => `${of('is_server')} = 1 AND ${of('recorded')} = 0
    AND ${of('conversation_key')} != 0 AND ${of('conversation_key')} IN (
      SELECT conversation_key FROM (${mcpRows({ ...scope, hashes: undefined }, ['conversation_key', 'is_server', 'recorded'])})
      WHERE is_server = 1 AND recorded = 1 AND conversation_key != 0)`;

/** The calling side's span of a call that has a span of the called side. */
function isAnswered(scope: CallScope, of: Read, hasLost: boolean): string {
  const up = (below: string) => `SELECT low.trace_hash AS trace_hash, high.parent_id AS above, low.tool AS tool FROM (${below}) AS low
      LEFT ANY JOIN (
        SELECT trace_hash, span_id, parent_id FROM spans
        WHERE parent_id != '' AND ${within(scope)} AND (trace_hash, span_id) IN (SELECT trace_hash, above FROM (${below}))
      ) AS high ON low.trace_hash = high.trace_hash AND low.above = high.span_id
      WHERE high.parent_id != ''`;
  const lost = lostSql(scope);
  // Where the context travelled in HTTP's headers, HTTP's two spans lie between.
  const far = hasLost ? ` OR (trace_hash, span_id, tool) IN (${up(lost)} UNION ALL ${up(up(lost))})` : '';
  return `${of('is_mcp')} = 1 AND ${of('is_server')} = 0
    AND ((trace_hash, span_id) IN (SELECT trace_hash, above FROM (${childrenSql(scope)}))${far})`;
}
