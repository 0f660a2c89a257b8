import { instantSql, type TimeRange } from '../traceql/time-range.ts';

/** Names that a sender chooses are cut here, in code points. */
const maxName = 200;

const attribute = (name: string) => `attributes['${name}']`;
/** Values are JSON literals. Most strings have no escapes, and parsing JSON costs more than all else here. */
const text = (name: string) => {
  const json = attribute(name);
  return `multiIf(NOT startsWith(${json}, '"'), ${json}, position(${json}, '\\\\') = 0, substring(${json}, 2, length(${json}) - 2), JSONExtractString(${json}))`;
};
const firstOf = (...texts: readonly string[]) =>
  texts.reduceRight((rest, one) => (rest === '' ? one : `if((${one}) != '', ${one}, ${rest})`), '');
const named = (sql: string) => `leftUTF8(toString(${sql}), ${maxName})`;

/**
 * Rows of `spans` that start in the range and whose trace is of this slice. `start`, not the time of arrival, because an agent may deliver what it
 * recorded long after.
 */
export type CallScope = Readonly<{
  range: TimeRange;
  hashes?: readonly [low: bigint, high: bigint] | undefined;
  /** What agents of OpenTelemetry were asked to do counts too, as MCP Mesh's operations do. */
  hasOperations?: boolean;
}>;

function within({ range: { from, to }, hashes }: CallScope): string {
  return [
    ...(hashes === undefined ? [] : [`trace_hash BETWEEN ${hashes[0]} AND ${hashes[1]}`]),
    ...(from === undefined ? [] : [`start >= ${instantSql(from)}`]),
    ...(to === undefined ? [] : [`start <= ${instantSql(to)}`]),
    '1',
  ].join(' AND ');
}

/** The first two narrow by the indexes of attributes. What only tells that a call has begun is not one yet. */
const isMcpCall = `record != 'start' AND has(mapValues(attributes), '"tools/call"') AND has(mapKeys(attributes), 'mcp.method.name') AND source != 'redis'
  AND ${attribute('mcp.method.name')} = '"tools/call"'`;

/** MCP Mesh's routes and proxies publish spans too, but nobody calls them as tools; an event without a name cannot be paired. */
const isMeshCall = `source = 'redis' AND name != '' AND NOT startsWith(name, 'proxy_call_wrapper') AND NOT startsWith(name, '_internal_')
  AND NOT startsWith(name, 'route:') AND NOT match(name, '^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /')`;

/** `rank` tells which of the rows of a call says most; with 3 it needs no others. */
const shared = (rank: string) => `trace_hash, trace_id, span_id, parent_id, ${rank} AS rank,
  toUnixTimestamp64Nano(start) AS start_ns, toUnixTimestamp64Nano(end) AS end_ns,
  if(duration_ns > 0 AND bitTest(timing, 2), duration_ns, greatest(toInt64(0), end_ns - start_ns))`;

/** Span rows of MCP's `tools/call`, whoever sent them. A person's time to answer is not the tool's. */
const mcpRows = (scope: CallScope): string => `SELECT ${shared('toUInt8(3)')} AS lasted,
    toUInt8(1) AS is_mcp, toUInt8(kind = 'server') AS is_server,
    greatest(toInt64(0), lasted - toInt64(ifNotFinite(toFloat64OrZero(${attribute('meshscope.human_ms')}), 0) * 1e6)) AS took,
    ${named(firstOf(text('gen_ai.tool.name'), `replaceRegexpOne(toString(name), '^tools/call ?', '')`))} AS tool,
    ${named(`if(kind = 'server', toString(service), ${firstOf(text('mcp.server.name'), 'toString(target)', 'toString(service)')})`)} AS server,
    ${named(firstOf(text('mcp.client.name'), `if(kind = 'server', '', toString(service))`))} AS client,
    ${named(text('meshscope.outcome'))} AS outcome, ${named(text('error.type'))} AS error_type,
    toUInt8(if(outcome != '', outcome NOT IN ('ok', 'empty', 'input_required'), status = 'error' OR error_type != '')) AS failed,
    toUInt8(outcome != '' OR error_type != '' OR status != '') AS is_decided,
    toFloat64OrNull(${attribute('meshscope.request_bytes')}) AS request, toFloat64OrNull(${attribute('meshscope.response_bytes')}) AS response,
    toUInt8(${attribute('meshscope.session')} != '') AS recorded, ${named(text('jsonrpc.request.id'))} AS request_id,
    toUInt8(${attribute('meshscope.conversation')} != '') AS has_conversation,
    if(has_conversation = 0, toUInt64(0), cityHash64(${text('meshscope.conversation')}, request_id, tool, ${named(text('mcp.server.name'))})) AS conversation_key
  FROM spans PREWHERE ${within(scope)} WHERE ${isMcpCall}`;

/** What a service was asked to do, or does by itself; its steps and its own requests are a part of that. */
const isOperation = `source != 'redis' AND name != '' AND service != '' AND (kind IN ('server', 'consumer') OR (parent_id = '' AND kind IN ('', 'internal')))
  AND NOT has(mapKeys(attributes), 'mcp.method.name')`;

/** Operations of agents. Values of attributes are not read: they are most of what a span weighs. */
const meshRows = (
  scope: CallScope,
): string => `SELECT ${shared(`multiIf(record = 'span', 3, record = 'end', 2, record = 'error', 1, 0)`)} AS lasted,
    toUInt8(0) AS is_mcp, toUInt8(1) AS is_server, lasted AS took, ${named(`if(source = 'redis', replaceRegexpOne(toString(name), '^tool:', ''), toString(name))`)} AS tool,
    ${named('service')} AS server, '' AS client, '' AS outcome, '' AS error_type, toUInt8(status = 'error' OR record = 'error') AS failed,
    toUInt8(status != '') AS is_decided, toFloat64(request_bytes) AS request, toFloat64(response_bytes) AS response, toUInt8(0) AS recorded, '' AS request_id,
    toUInt8(0) AS has_conversation, toUInt64(0) AS conversation_key
  FROM spans PREWHERE ${within(scope)} WHERE ${scope.hasOperations ? `(${isMeshCall}) OR (${isOperation})` : isMeshCall}`;

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
    countIf(is_server = 0) AS callers, count() AS mcp, (SELECT count() FROM (${meshRows(scope)})) AS mesh
  FROM (SELECT is_server, recorded, has_conversation, toUInt8(parent_id != '') AS has_caller FROM (${mcpRows(scope)}))`;

/** Whether there is a server's span below something else than a span of the calling side. */
export const lostRows = (scope: CallScope): string => `SELECT 1 AS one FROM (${lostSql(mcpRows(scope))}) LIMIT 1`;

/** Servers' spans, by what stands above them. */
const childrenSql = (mcp: string): string =>
  `SELECT trace_hash, parent_id AS above, tool FROM (${mcp}) WHERE is_server = 1 AND parent_id != ''`;

const lostSql = (mcp: string): string =>
  `SELECT * FROM (${childrenSql(mcp)}) WHERE (trace_hash, above) NOT IN (SELECT trace_hash, span_id FROM (${mcp}) WHERE is_server = 0)`;

const members = [
  'rank',
  'trace_id',
  'parent_id',
  'is_mcp',
  'is_server',
  'server',
  'client',
  'outcome',
  'error_type',
  'failed',
  'is_decided',
  'request',
  'response',
  'recorded',
  'request_id',
  'conversation_key',
  'start_ns',
  'end_ns',
  'took',
] as const;
/** How a member of a call is read: as a column, or from the one of its rows that says most. */
type Read = (member: (typeof members)[number]) => string;
const column: Read = (member) => member;
const latest: Read = (member) => `tupleElement(latest, ${members.indexOf(member) + 1})`;

/** `repeats`: whether some calls of the scope have several rows, or events for rows. */
export const repeatsSql = (
  scope: CallScope,
): string => `SELECT count() != uniqExact(cityHash64(trace_hash, span_id, tool)) OR min(rank) < 3 AS repeats
  FROM (SELECT trace_hash, span_id, tool, rank FROM (${mcpRows(scope)}) UNION ALL SELECT trace_hash, span_id, tool, rank FROM (${meshRows(scope)}))`;

/**
 * One row for each call that has ended: `trace_hash trace_id span_id server tool client outcome error_type failed request response began_ns ended_ns
 * lasted_ns`. A call counts once
 * - however often its span was sent, also as MCP Mesh's span beside OpenTelemetry's, or as an event for its start and one for its end;
 * - when both sides sent a span: the server's counts, which is a child of the client's, or stands below the spans of HTTP between them;
 * - when a recorder stands before a server that sends spans itself: the recorder's counts, which knows bytes and outcome;
 * - in however many rounds it asked for input: the last one counts.
 */
export function callsSql(scope: CallScope, mix: CallMix, hasRepeats: boolean): string {
  const mcp = mcpRows(scope);
  const rows = `${mcp} UNION ALL ${meshRows(scope)}`;
  const of = hasRepeats ? latest : column;
  const counts = [
    `${of('outcome')} != 'input_required'`,
    ...(mix.hasBoth ? [`NOT (${isRecordedElsewhere(mcp, of)})`] : []),
    ...(mix.hasConversations ? [`NOT (${isRecordedInConversation(scope, of)})`] : []),
    ...(mix.hasCallers ? [`NOT (${isAnswered(mcp, scope, of, mix.hasLost)})`] : []),
  ].join(' AND ');
  // Nearly always a call is one row, and then grouping would cost more than all else.
  if (!hasRepeats) {
    return `SELECT trace_hash, span_id, tool, trace_id, server, client, outcome, error_type, failed, request, response,
      start_ns AS began_ns, end_ns AS ended_ns, took AS lasted_ns FROM (${rows}) WHERE ${counts}`;
  }
  const calls = `SELECT trace_hash, span_id, tool, argMax(tuple(${members.join(', ')}), (rank, is_mcp, end_ns, start_ns)) AS latest,
      max(failed) AS any_failed, countIf(rank = 0) AS starts, minIf(start_ns, rank = 0) AS first_start
    FROM (${rows})
    GROUP BY trace_hash, span_id, tool`;
  return `SELECT trace_hash, span_id, tool, ${of('trace_id')} AS trace_id, ${of('server')} AS server, ${of('client')} AS client,
    ${of('outcome')} AS outcome, ${of('error_type')} AS error_type, if(${of('is_decided')} = 1, ${of('failed')}, any_failed) AS failed,
    ${of('request')} AS request, ${of('response')} AS response,
    if(${of('rank')} < 3 AND starts > 0, first_start, ${of('start_ns')}) AS began_ns, ${of('end_ns')} AS ended_ns,
    if(${of('rank')} = 3 OR ${of('took')} > 0, ${of('took')}, greatest(toInt64(0), ended_ns - began_ns)) AS lasted_ns
  FROM (${calls})
  WHERE ${of('rank')} > 0 AND ${counts}`;
}

/** The server's own span of a call that a recorder in front of it has recorded: same caller, same JSON-RPC id, same tool. */
const isRecordedElsewhere = (mcp: string, of: Read): string => `${of('is_mcp')} = 1 AND ${of('is_server')} = 1 AND ${of('recorded')} = 0
    AND ${of('parent_id')} != '' AND ${of('request_id')} != ''
    AND (trace_hash, ${of('parent_id')}, ${of('request_id')}, tool) IN (
      SELECT trace_hash, parent_id, request_id, tool FROM (${mcp}) WHERE is_server = 1 AND recorded = 1 AND parent_id != '')`;

/**
 * The same where the client sent no trace context: in the conversation that both name, the same JSON-RPC id, tool and server. Their traces are not the
 * same, so the recorder's may be in another slice.
 */
const isRecordedInConversation = (scope: CallScope, of: Read): string => `${of('is_server')} = 1 AND ${of('recorded')} = 0
    AND ${of('conversation_key')} != 0 AND ${of('conversation_key')} IN (
      SELECT conversation_key FROM (${mcpRows({ ...scope, hashes: undefined })}) WHERE is_server = 1 AND recorded = 1 AND conversation_key != 0)`;

/** The calling side's span of a call that has a span of the called side. */
function isAnswered(mcp: string, scope: CallScope, of: Read, hasLost: boolean): string {
  const up = (below: string) => `SELECT low.trace_hash AS trace_hash, high.parent_id AS above, low.tool AS tool FROM (${below}) AS low
      LEFT ANY JOIN (
        SELECT trace_hash, span_id, parent_id FROM spans
        WHERE parent_id != '' AND ${within(scope)} AND (trace_hash, span_id) IN (SELECT trace_hash, above FROM (${below}))
      ) AS high ON low.trace_hash = high.trace_hash AND low.above = high.span_id
      WHERE high.parent_id != ''`;
  const lost = lostSql(mcp);
  // Where the context travelled in HTTP's headers, HTTP's two spans lie between.
  const far = hasLost ? ` OR (trace_hash, span_id, tool) IN (${up(lost)} UNION ALL ${up(up(lost))})` : '';
  return `${of('is_mcp')} = 1 AND ${of('is_server')} = 0
    AND ((trace_hash, span_id) IN (SELECT trace_hash, above FROM (${childrenSql(mcp)}))${far})`;
}
