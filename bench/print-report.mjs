// The numbers of a run as tables: for the terminal, and as the rows of docs/benchmarks.md.
const per = (value, digits = 0) =>
  Number.isFinite(value) ? value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits }) : 'not measured';
const mebi = (bytes) => per(bytes / 1024 ** 2);

/** [what, value] of everything but the queries. */
export function summaryRows({ ingest, disk, searchable, idleBytes, peakBytes, readyMillis }) {
  const { median } = ingest;
  const rows = [
    ['Logs per second through `_bulk`, acknowledged after the sync', per(median.acknowledgedPerSecond)],
    ['Logs per second through `_bulk`, until all are searchable', per(median.storedPerSecond)],
    ['MB per second of JSON, until all are searchable', per(median.megabytesPerSecond)],
    ['Bytes of JSON per log', per(median.recordBytes / median.logs)],
    ['CPU seconds per million logs: server', per(median.serverCpuPerMillion, 1)],
    ['CPU seconds per million logs: client', per(median.clientCpuPerMillion, 1)],
  ];
  if (median.ratio !== undefined) {
    rows.push(
      ["The engine's ceiling: logs per second", per(median.ceilingPerSecond)],
      ["The engine's ceiling: CPU seconds per million logs", per(median.ceilingCpuPerMillion, 1)],
      ['End to end / ceiling, median of the rounds (target 0.5)', per(median.ratio, 2)],
      ['The same by CPU time, client included', per(median.cpuRatio, 2)],
    );
  }
  rows.push(
    ['Resident memory when idle, MiB', mebi(idleBytes)],
    ['Highest resident memory under load, MiB (target < 1,536)', mebi(peakBytes)],
    ['From start to ready, ms', per(readyMillis)],
  );
  if (disk) rows.push(['Bytes on disk per log, after merging', per(disk.bytes / disk.logs, 1)]);
  if (searchable)
    rows.push(
      ['From acknowledgement to searchable, ms: p50', per(searchable.p50)],
      ['From acknowledgement to searchable, ms: p99', per(searchable.p99)],
    );
  return rows;
}

/** [what, value] of the web page, with all logs stored. */
export function pageRows({ page }) {
  if (page === undefined) return [];
  if (page.error !== undefined) return [['The web page', `not measured: ${page.error}`]];
  return [
    ['JavaScript that Logs loads until its first rows, compressed, kB (target < 350)', below(page.initialScriptBytes / 1000, 350)],
    ['All JavaScript of the web page, compressed, kB', per(page.allScriptBytes / 1000)],
    ['First useful paint of Logs, nothing cached, ms: p50 (target < 1,000)', below(page.firstPaint.p50, 1000)],
    ['The same, ms: slowest', per(page.firstPaint.most)],
    ['First useful paint of Overview, nothing cached, ms: p50 (target < 1,000)', below(page.overview.p50, 1000)],
    ['The same, ms: slowest', per(page.overview.most)],
    ['From a key to the frame that shows its effect, ms: p50 (target < 100)', below(page.keys.p50, 100)],
    ['The same, ms: slowest', per(page.keys.most)],
    ...page.scrolled.flatMap((scrolled) => scrollRows(page.rows, scrolled)),
  ];
}

const below = (value, target) => `${per(value)}${value < target ? '' : ', misses the target'}`;
const atLeast = (value, target) => `${per(value)}${value >= target ? '' : ', misses the target'}`;

const scrollRows = (rows, { step, framesPerSecond, p99, cpuMillisPerFrame }) => [
  [`Scrolling ${per(rows)} rows by ${per(step)} pixels a frame, frames per second (target 50)`, atLeast(Math.round(framesPerSecond), 50)],
  ['99 % of these frames within, ms; CPU of the page for one, ms', `${per(p99)}; ${per(cpuMillisPerFrame, 1)}`],
];

/** [what, value] of one large trace. */
export function waterfallRows({ waterfall }) {
  if (waterfall.error !== undefined) return [['The waterfall', `not measured: ${waterfall.error}`]];
  const { spans, outline, opened, unfoldMillis, rows, scrolled } = waterfall;
  return [
    [`Outline of a trace of ${per(spans)} spans, ${per(outline.bytes / 1e6, 1)} MB, ms`, per(outline.millis)],
    ['CPU of the server for it, ms', per(outline.cpuMillis)],
    ['First rows of its waterfall, nothing cached, ms: p50', per(opened.p50)],
    ['The same, ms: slowest', per(opened.most)],
    ['Unfolding all of its groups, until drawn, ms (target < 100)', below(unfoldMillis, 100)],
    ...scrolled.flatMap((one) => scrollRows(rows, one)),
  ];
}

/** [what, seconds] from a clone to the first trace on the screen. */
export function newcomerRows({ newcomer }) {
  if (newcomer.error !== undefined) return [['A newcomer', `not measured: ${newcomer.error}`]];
  const all = newcomer.steps.reduce((sum, [, seconds]) => sum + seconds, 0);
  return [...newcomer.steps, ['all of it', all]].map(([what, seconds]) => [what, per(seconds, 1)]);
}

/** [query, p50, p95, hits]. */
export function queryRows({ queries }) {
  return (queries?.results ?? []).map(({ name, page, p50, p95, hits, error }) => [
    page ? `${name} (target < 100 ms p95)` : name,
    ...(error === undefined ? [per(p50, 1), per(p95, 1), hits === undefined ? '' : per(hits)] : [`failed: ${error}`, '', '']),
  ]);
}

/** [what, value] of the trace part; beside each target what MCP Mesh's page says of itself. */
export function traceRows({ redis, open, otlp, peakBytes, settledSeconds }) {
  return [
    [
      `Spans per second from Redis, a backlog of ${per(redis.drained.spans)} until visible (target 100,000; MCP Mesh's page: 10,000)`,
      per(redis.drained.perSecond),
    ],
    ['CPU seconds per million spans from Redis: server', per(redis.drained.serverCpuPerMillion, 1)],
    ['CPU seconds per million spans from Redis: redis-server', per(redis.drained.redisCpuPerMillion, 1)],
    ...redis.live.flatMap(({ asked, published, p50, p99, cpu }) => [
      [`From published to visible at ${per(asked)} spans/s asked, ${per(published)} published, ms: p50 (target < 2,000)`, per(p50)],
      [`The same, ms: p99`, per(p99)],
      // Older results did not count it.
      ...(cpu === undefined
        ? []
        : [
            [
              'The same, CPU seconds per million spans: server, redis-server, publisher',
              [cpu.server, cpu.redis, cpu.publisher].map((seconds) => per(seconds, 1)).join(', '),
            ],
          ]),
    ]),
    ['Spans per second by OTLP/HTTP protobuf, until visible (target 60,000)', per(otlp.perSecond)],
    ['CPU seconds per million spans by OTLP: server', per(otlp.serverCpuPerMillion, 1)],
    ['CPU seconds per million spans by OTLP: client', per(otlp.clientCpuPerMillion, 1)],
    [
      "Memory per 1,000 open traces, MB (target < 0.5; MCP Mesh's page: 1 per 1,000 finished)",
      per((open.grownBytes / open.traces) * 1e-3, 3),
    ],
    ['Highest resident memory under load, MiB', mebi(peakBytes)],
    // Older results did not wait for it.
    ...(settledSeconds === undefined
      ? []
      : [['Seconds from the last span by OTLP until the merges are over, before the queries', per(settledSeconds)]]),
  ];
}

/** [query, p50, p95]. */
export const traceQueryRows = ({ queries }) =>
  queries.results.map(({ name, p50, p95, error }) => [
    name,
    ...(error === undefined ? [per(p50, 1), per(p95, 1)] : [`failed: ${error}`, '']),
  ]);

/** [what, direct, with it, added, ratio] of recording MCP; in milliseconds, and microseconds for the SDK. */
export function mcpRows({ mcp }) {
  const { start, bySize, sdk } = mcp;
  const compared = (what, { direct, wrapped, added, ratio }, digits, target) => [
    target === undefined ? what : `${what} (target: added < ${target})`,
    per(direct, digits),
    per(wrapped, digits),
    `${per(added, digits)}${target === undefined || added < target ? '' : ', misses the target'}`,
    per(ratio, 2),
  ];
  const { none, server, both } = sdk.calls;
  const inProcess = (what, { p50_us: with_it, added_p50_us: added, ratio_p50: ratio }) => [
    what,
    per(none.p50_us, 1),
    per(with_it, 1),
    per(added, 1),
    per(ratio, 2),
  ];
  return [
    compared('wrap: from the start to the answer to `initialize`, ms', start, 0, 150),
    ...Object.entries(bySize).flatMap(([size, { p50, p99 }]) => [
      compared(`wrap: a call of ${size} and its answer, ms: p50`, p50, 3, 0.15),
      compared('wrap: the same, p99 of a block', p99, 3),
    ]),
    inProcess('SDK in the server: a call in memory, µs: p50', server),
    inProcess('SDK in server and client: the same', both),
  ];
}

/** [what, value] of the rest of it. */
export const mcpFigures = ({ mcp: { starts, blocks, calls, startCpuMillis, cpuMicrosPerCall, sdk } }) => [
  ['Starts, blocks of each size and way, calls of a block', `${starts}, ${blocks}, ${calls}`],
  [
    'CPU of the wrapper until its server has answered `initialize`, ms (the clock of the kernel ticks every 10)',
    per(startCpuMillis ?? Number.NaN),
  ],
  ['CPU of the wrapper for a call, all its threads, µs', per(cpuMicrosPerCall ?? Number.NaN)],
  [
    "A line of the SDK's logger, µs: p50; with its source",
    `${per(sdk.log_line.without_source.p50_us, 1)}; ${per(sdk.log_line.with_source.p50_us, 1)}`,
  ],
  // Older results did not measure it.
  ...(sdk.publish === undefined
    ? []
    : [
        [
          "A span published to Redis by the SDK, µs of the caller's time: p50; p99 (target < 50)",
          `${per(sdk.publish.p50_us, 1)}; ${per(sdk.publish.p99_us, 1)}${sdk.publish.p99_us < 50 ? '' : ', misses the target'}`,
        ],
      ]),
];

export const mcpReport = (result) =>
  `${column([['', 'direct', 'with it', 'added', 'ratio'], ...mcpRows(result)])}\n\n${column(mcpFigures(result))}\n`;

export const machineText = ({ machine, at }) =>
  `${machine.cpu}, ${machine.cores} cores, ${mebi(machine.memoryBytes)} MiB, ${machine.platform}, Node ${machine.node}, chdb ${machine.chdb}, meshscope ${machine.meshscope} (${machine.commit}), ${at.slice(0, 10)}`;

function column(rows) {
  const widths = rows[0].map((_, index) => Math.max(...rows.map((row) => row[index].length)));
  return rows
    .map((row) => row.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]) : cell.padStart(widths[index]))).join('  '))
    .join('\n');
}

export function printReport(result) {
  const { logs, rounds, shape, machine, ingest, queries, traces, waterfall, mcp, newcomer, loadAverageAfter } = result;
  process.stdout.write(`\n${machineText(result)}\nload average ${machine.loadAverage[0]} before, ${loadAverageAfter[0]} after\n`);
  if (ingest)
    process.stdout.write(
      `\n${per(logs)} logs (${shape}) in ${rounds} rounds\n\n${column([...summaryRows(result), ...pageRows(result)])}\n`,
    );
  if (queries) process.stdout.write(`\n${column([['query', 'p50 ms', 'p95 ms', 'hits'], ...queryRows(result)])}\n`);
  if (waterfall) process.stdout.write(`\n${column(waterfallRows(result))}\n`);
  if (mcp) process.stdout.write(`\n${mcpReport(result)}`);
  if (newcomer) process.stdout.write(`\nseconds from a clone to the first trace on the screen\n\n${column(newcomerRows(result))}\n`);
  if (!traces) return;
  process.stdout.write(`\n${per(traces.spans)} spans\n\n${column(traceRows(traces))}\n`);
  process.stdout.write(`\n${column([['request', 'p50 ms', 'p95 ms'], ...traceQueryRows(traces)])}\n`);
}
