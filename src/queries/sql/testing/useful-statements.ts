/** What an agent may ask, with the rows of the small tables of the test, or the code of the error. */
export const usefulStatements: readonly (readonly [string, unknown])[] = [
  ['SELECT 1', [[1]]],
  ['select count(*) from logs;', [['3']]],
  ["SELECT msg FROM logs WHERE level = 'ERROR' ORDER BY timestamp DESC", [['timeout of 30 s'], ["it's failed"]]],
  ["SELECT msg FROM logs WHERE msg = 'it''s failed' OR msg = 'it\\'s failed'", [["it's failed"]]],
  [
    "SELECT agent_name, count() AS n, countIf(level = 'ERROR') errors FROM logs GROUP BY agent_name HAVING n > 0 ORDER BY n DESC LIMIT 10",
    [
      ['files', '2', '1'],
      ['planner', '1', '1'],
    ],
  ],
  [
    'SELECT quantile(0.5)(request_duration_ms), round(avg(request_duration_ms), 1), max(request_duration_ms) FROM logs',
    [[56.25, 56.2, 100]],
  ],
  ["SELECT tool, JSONExtractString(fields, 'mcp', 'session') FROM logs WHERE tool = 'read'", [['read', 's1']]],
  [
    "SELECT l.msg, s.duration_ms FROM logs AS l INNER JOIN spans s ON s.trace_id = l.trace_id WHERE l.agent_name = 'planner'",
    [['timeout of 30 s', 2000]],
  ],
  [
    "SELECT attributes['mcp.method.name'], attributes['quoted'], attributes['n'], attributes['none'] FROM spans",
    [['tools/call', 'a"b', '3', '']],
  ],
  ['SELECT trace_id, duration_ms, records, errors FROM traces', [['t2', 2000, '1', '1']]],
  ['SELECT name, value FROM metrics', [['load', 0.5]]],
  [
    "WITH e AS (SELECT * FROM logs WHERE level = 'ERROR'), f AS (SELECT agent_name FROM e) SELECT count() FROM f JOIN e USING (agent_name)",
    [['2']],
  ],
  ['SELECT toStartOfInterval(timestamp, INTERVAL 5 MINUTE) AS t, count() FROM logs GROUP BY t ORDER BY t', [['2026-11-21 07:00:00', '3']]],
  ["SELECT count() FROM logs WHERE timestamp >= '2026-11-21 07:00:02' AND timestamp < now() - INTERVAL '1 second' OR NOT 1 = 1", [['2']]],
  [
    "SELECT count() FROM logs WHERE timestamp BETWEEN parseDateTime64BestEffort('2026-11-21T07:00:01Z') AND parseDateTime64BestEffort('2026-11-21T07:00:02Z')",
    [['2']],
  ],
  [
    "SELECT CASE WHEN level IN ('ERROR', 'FATAL') THEN 'bad' ELSE 'good' END AS kind, count() FROM logs GROUP BY kind ORDER BY kind",
    [
      ['bad', '2'],
      ['good', '1'],
    ],
  ],
  ["SELECT count() FROM logs WHERE trace_id IN (SELECT trace_id FROM spans) AND trace_id NOT IN ('t9')", [['2']]],
  ['SELECT (SELECT max(duration_ms) FROM spans) * 2 - 1', [[3999]]],
  [
    "SELECT arrayMap(x -> upper(x), ['a', 'b']), arrayFilter((x, y) -> y > 1, [1, 2], [1, 2]), [5, 6][2], (1, 'a')",
    [[['A', 'B'], [2], 6, [1, 'a']]],
  ],
  ["SELECT tag FROM logs ARRAY JOIN splitByChar(' ', msg) AS tag WHERE level = 'INFO' ORDER BY tag", [['ok'], ['read']]],
  ['SELECT DISTINCT level FROM logs ORDER BY level ASC NULLS LAST LIMIT 1, 1', [['INFO']]],
  [
    'SELECT level, msg FROM logs ORDER BY timestamp LIMIT 1 BY level LIMIT 5',
    [
      ['INFO', 'read ok'],
      ['ERROR', "it's failed"],
    ],
  ],
  ['SELECT * FROM (SELECT 1 AS a UNION ALL SELECT 2 AS a) ORDER BY a', [[1], [2]]],
  ["SELECT CAST('5' AS UInt8) + '6'::Int64", [['11']]],
  ["SELECT toInt64('x')", 'bad_request'],
  ['SELECT msg + 1 FROM logs', 'bad_request'],
  ["SELECT toInt64OrNull('x') IS NULL, '6'::Nullable(Int64), CAST(1, 'String')", [[1, '6', '1']]],
  ["SELECT extract(msg, 'timeout of (\\d+)') AS seconds FROM logs WHERE match(msg, '^time')", [['30']]],
  [
    'SELECT count(DISTINCT agent_name), uniq(level), groupArray(2)(level), topK(1)(agent_name) FROM (SELECT * FROM logs ORDER BY timestamp)',
    [['2', '2', ['INFO', 'ERROR'], ['files']]],
  ],
  ['SELECT 1 -- a comment\n/* and\nanother */ + 1', [[2]]],
  ['SELECT "level" AS `a ``b` FROM logs ORDER BY timestamp LIMIT 1', [['INFO']]],
  ["SELECT 7 % 4 + 2 * 3 - 1, 'a' || 'b' || toString(1 + 1), -(-1), - 2, 1 - -1", [['8', 'ab2', 1, -2, 2]]],
  ["SELECT count() FROM logs WHERE (level, agent_name) IN (('ERROR', 'files'), ('INFO', 'files')) AND level IS NOT NULL", [['2']]],
];
