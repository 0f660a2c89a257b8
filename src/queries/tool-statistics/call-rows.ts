import { instantSql, type TimeRange } from '../traceql/time-range.ts';

/** Names that a sender chooses are cut here, in code points. */
const maxName = 200;

const attribute = (name: string) => `attributes['${name}']`;
/** Values are JSON literals. Most strings have no escapes, and parsing JSON costs more than all else here. */
const text = (name: string) => {
  const json = attribute(name);
  return `multiIf(NOT startsWith(${json}, '"'), ${json}, position(${json}, '\\\\') = 0, substring(${json}, 2, length(${json}) - 2), JSONExtractString(${json}))`;
};
/** The last MUST be one that is there. */
const firstOf = (...texts: readonly string[]) =>
  `coalesce(${texts.map((one, at) => (at < texts.length - 1 ? `nullIf(${one}, '')` : one)).join(', ')})`;
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

export function within({ range: { from, to }, hashes }: CallScope): string {
  return [
    ...(hashes === undefined ? [] : [`trace_hash BETWEEN ${hashes[0]} AND ${hashes[1]}`]),
    ...(from === undefined ? [] : [`start >= ${instantSql(from)}`]),
    ...(to === undefined ? [] : [`start <= ${instantSql(to)}`]),
    '1',
  ].join(' AND ');
}

type Column = Readonly<{
  /** Of a span of MCP's `tools/call`, whoever sent it. */
  mcp: string;
  /** Of an operation of an agent. Values of attributes are not read: they are most of what a span weighs. */
  mesh: string;
  /** Columns before this one that it is made of. */
  of?: readonly string[];
}>;

const both = (sql: string): Column => ({ mcp: sql, mesh: sql });

/** In an order in which each stands behind those that it is made of. */
const columns = {
  trace_hash: both('trace_hash'),
  trace_id: both('trace_id'),
  span_id: both('span_id'),
  parent_id: both('parent_id'),
  /** Which of the rows of a call says most; with 3 it needs no others. */
  rank: { mcp: 'toUInt8(3)', mesh: `multiIf(record = 'span', 3, record = 'end', 2, record = 'error', 1, 0)` },
  start_ns: both('toUnixTimestamp64Nano(start)'),
  end_ns: both('toUnixTimestamp64Nano(end)'),
  lasted: {
    ...both('if(duration_ns > 0 AND bitTest(timing, 2), duration_ns, greatest(toInt64(0), end_ns - start_ns))'),
    of: ['start_ns', 'end_ns'],
  },
  is_mcp: { mcp: 'toUInt8(1)', mesh: 'toUInt8(0)' },
  is_server: { mcp: `toUInt8(kind = 'server')`, mesh: 'toUInt8(1)' },
  /** A person's time to answer is not the tool's. */
  took: {
    mcp: `greatest(toInt64(0), lasted - toInt64(ifNotFinite(toFloat64OrZero(${attribute('meshscope.human_ms')}), 0) * 1e6))`,
    mesh: 'lasted',
    of: ['lasted'],
  },
  tool: {
    mcp: named(firstOf(text('gen_ai.tool.name'), `replaceRegexpOne(toString(name), '^tools/call ?', '')`)),
    mesh: named(`if(source = 'redis', replaceRegexpOne(toString(name), '^tool:', ''), toString(name))`),
  },
  server: {
    mcp: named(`if(kind = 'server', toString(service), ${firstOf(text('mcp.server.name'), 'toString(target)', 'toString(service)')})`),
    mesh: named('service'),
  },
  client: { mcp: named(firstOf(text('mcp.client.name'), `if(kind = 'server', '', toString(service))`)), mesh: `''` },
  outcome: { mcp: named(text('meshscope.outcome')), mesh: `''` },
  error_type: { mcp: named(text('error.type')), mesh: `''` },
  failed: {
    mcp: `toUInt8(if(outcome != '', outcome NOT IN ('ok', 'empty', 'input_required'), status = 'error' OR error_type != ''))`,
    mesh: `toUInt8(status = 'error' OR record = 'error')`,
    of: ['outcome', 'error_type'],
  },
  is_decided: {
    mcp: `toUInt8(outcome != '' OR error_type != '' OR status != '')`,
    mesh: `toUInt8(status != '')`,
    of: ['outcome', 'error_type'],
  },
  request: { mcp: `toFloat64OrNull(${attribute('meshscope.request_bytes')})`, mesh: 'toFloat64(request_bytes)' },
  response: { mcp: `toFloat64OrNull(${attribute('meshscope.response_bytes')})`, mesh: 'toFloat64(response_bytes)' },
  recorded: { mcp: `toUInt8(${attribute('meshscope.session')} != '')`, mesh: 'toUInt8(0)' },
  request_id: { mcp: named(text('jsonrpc.request.id')), mesh: `''` },
  has_conversation: { mcp: `toUInt8(${attribute('meshscope.conversation')} != '')`, mesh: 'toUInt8(0)' },
  conversation_key: {
    mcp: `if(has_conversation = 0, toUInt64(0), cityHash64(${text('meshscope.conversation')}, request_id, tool, ${named(text('mcp.server.name'))}))`,
    mesh: 'toUInt64(0)',
    of: ['has_conversation', 'request_id', 'tool'],
  },
} as const satisfies Readonly<Record<string, Column>>;

export type CallColumn = keyof typeof columns;

/** Planning a statement takes longer by each column that it names, whether it is read or not, so nothing is selected that is not asked for. */
function select(kind: 'mcp' | 'mesh', wanted: readonly CallColumn[]): string {
  const needed = new Set<string>(wanted);
  const all = Object.entries<Column>(columns);
  for (const [name, { of }] of all.toReversed()) if (needed.has(name)) for (const part of of ?? []) needed.add(part);
  return all
    .filter(([name]) => needed.has(name))
    .map(([name, { [kind]: sql }]) => (sql === name ? name : `${sql} AS ${name}`))
    .join(', ');
}

/** The first two narrow by the indexes of attributes. What only tells that a call has begun is not one yet. */
const isMcpCall = `record != 'start' AND has(mapValues(attributes), '"tools/call"') AND has(mapKeys(attributes), 'mcp.method.name') AND source != 'redis'
  AND ${attribute('mcp.method.name')} = '"tools/call"'`;

/** MCP Mesh's routes and proxies publish spans too, but nobody calls them as tools; an event without a name cannot be paired. */
const isMeshCall = `source = 'redis' AND name != '' AND NOT startsWith(name, 'proxy_call_wrapper') AND NOT startsWith(name, '_internal_')
  AND NOT startsWith(name, 'route:') AND NOT match(name, '^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /')`;

/** What a service was asked to do, or does by itself; its steps and its own requests are a part of that. */
const isOperation = `source != 'redis' AND name != '' AND service != '' AND (kind IN ('server', 'consumer') OR (parent_id = '' AND kind IN ('', 'internal')))
  AND NOT has(mapKeys(attributes), 'mcp.method.name')`;

/** Span rows of MCP's `tools/call`, with these columns and those that they are made of. */
export const mcpRows = (scope: CallScope, wanted: readonly CallColumn[]): string =>
  `SELECT ${select('mcp', wanted)} FROM spans PREWHERE ${within(scope)} WHERE ${isMcpCall}`;

/** Operations of agents, with the same columns in the same order. */
export const meshRows = (scope: CallScope, wanted: readonly CallColumn[]): string =>
  `SELECT ${select('mesh', wanted)} FROM spans PREWHERE ${within(scope)} WHERE ${scope.hasOperations ? `(${isMeshCall}) OR (${isOperation})` : isMeshCall}`;
