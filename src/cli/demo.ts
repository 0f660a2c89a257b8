import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printableText } from '../lib/printable-text.ts';
import { parseMillis } from '../lib/quantity.ts';
import { type Command, type OptionSpec, parseOptions, UsageError, wholeNumber } from './command.ts';
import { type Collector, findCollector } from './demo/collector.ts';
import { Counters } from './demo/counters.ts';
import { Delivery } from './demo/delivery.ts';
import { inventSlices } from './demo/history.ts';
import { runLive } from './demo/live.ts';
import { McpServerSlot, type Origin, origins } from './demo/mcp-servers.ts';
import { serverNames } from './demo/plan.ts';
import { newTraceId } from './demo/records.ts';
import { screen } from './demo/screen.ts';
import { type Stop, stopOnSignals } from './demo/stop.ts';
import { createPaint, type Terminal, write } from './terminal.ts';

const options = {
  seconds: { type: 'string', short: 's', placeholder: 'N', help: 'End after so many seconds.', fallback: 'at Ctrl-C' },
  calls: { type: 'string', short: 'c', placeholder: 'N', help: 'End after so many calls.' },
  history: { type: 'string', placeholder: 'TIME', help: 'Invent what came before: 30m, 6h, at most 24h; or off.', fallback: '1h' },
  incident: { type: 'string', placeholder: 'N', help: 'Seconds until something breaks, or off.', fallback: '8' },
  seed: { type: 'string', placeholder: 'N', help: 'Another number makes other requests, durations and failures.', fallback: '1' },
  servers: {
    type: 'string',
    placeholder: 'installed|npx|own',
    help: 'Where the MCP servers come from.',
    fallback: 'the first of them that works',
  },
  port: {
    type: 'string',
    placeholder: 'N',
    help: 'Port of the meshscope that it looks for, and starts if there is none.',
    fallback: '8000',
  },
  keep: { type: 'boolean', help: 'Keep the data folder.' },
  url: { type: 'string', placeholder: 'URL', help: 'The server to send to, which must run; also MESHSCOPE_URL.' },
  user: { type: 'string', placeholder: 'NAME:PASSWORD', help: 'Credentials; also MESHSCOPE_USERNAME and MESHSCOPE_PASSWORD.' },
} as const satisfies Record<string, OptionSpec>;

const maxHistoryMillis = 24 * 3_600_000;

type Settings = Readonly<{
  seconds: number | undefined;
  calls: number | undefined;
  historyMillis: number;
  historyText: string;
  incidentAfterMillis: number | undefined;
  seed: number;
  origins: readonly Origin[];
  port: number;
  isKept: boolean;
  url: string | undefined;
  user: string | undefined;
}>;

export const demoCommand: Command = {
  summary: 'Show a living system: agents and MCP servers at work, with something that breaks.',
  operands: '',
  description: [
    'Four agents call each other and three published MCP servers (everything, filesystem, memory), each wrapped. It sends to the meshscope\nthat runs on this machine, or starts one for as long as it lasts.',
  ],
  options,
  examples: ['meshscope demo', 'meshscope demo --seconds 60 --history 6h', 'meshscope demo --servers own --seed 7 --keep'],
  run: async ({ args, terminal }) => {
    const settings = readSettings(args);
    const stop = stopOnSignals(terminal.signal);
    const folder = mkdtempSync(join(tmpdir(), 'meshscope-demo-'));
    try {
      return await runDemo(settings, folder, stop, terminal);
    } finally {
      stop.release();
      if (!settings.isKept) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  },
};

function readSettings(args: readonly string[]): Settings {
  const { values } = parseOptions(options, args, 0);
  const whole = (name: string, text: string | undefined, min: number, max: number) =>
    text === undefined ? undefined : wholeNumber(name, text, min, max);
  const historyText = values.history ?? '1h';
  const historyMillis = historyText === 'off' ? 0 : parseMillis(historyText);
  if (historyMillis === undefined || historyMillis < 0 || historyMillis > maxHistoryMillis)
    throw new UsageError(`--history must be off or a time up to 24h, such as 30m, not ${JSON.stringify(historyText)}.`);
  const origin = origins.find((one) => one === values.servers);
  if (values.servers !== undefined && origin === undefined)
    throw new UsageError(`--servers must be one of ${origins.join(', ')}, not ${JSON.stringify(values.servers)}.`);
  const incident = values.incident ?? '8';
  return {
    seconds: whole('seconds', values.seconds, 1, 86_400),
    calls: whole('calls', values.calls, 1, 10_000_000),
    historyMillis,
    historyText,
    incidentAfterMillis: incident === 'off' ? undefined : wholeNumber('incident', incident, 0, 86_400) * 1000,
    seed: wholeNumber('seed', values.seed ?? '1', 0, 2 ** 32 - 1),
    // Our own always start.
    origins: origin === undefined ? origins : [...new Set<Origin>([origin, 'own'])],
    port: wholeNumber('port', values.port ?? '8000', 0, 65_535),
    isKept: values.keep === true,
    url: values.url,
    user: values.user,
  };
}

async function runDemo(settings: Settings, folder: string, stop: Stop, terminal: Terminal): Promise<number> {
  const folders = { notes: join(folder, 'notes'), memory: join(folder, 'memory.jsonl'), spool: join(folder, 'spool') };
  const data = join(folder, 'data');
  for (const path of [folders.notes, folders.spool, data]) mkdirSync(path);
  writeFileSync(join(folders.notes, 'template.md'), '# Briefing for CITY\n');
  const collector = await findCollector({ url: settings.url, user: settings.user, port: settings.port, data }, terminal.env);
  const delivery = new Delivery(collector.client);
  const counters = new Counters();
  const collectorUrl = recorderUrl(collector, settings, terminal.env);
  const options = { origins: settings.origins, folders, collectorUrl, env: { ...terminal.env } };
  const servers = serverNames.map((name) => new McpServerSlot(name, options));
  try {
    const starting = createLine(terminal, () => 'starting: npx downloads the MCP servers when it is used for the first time');
    await Promise.race([Promise.all([collector.ready, ...servers.map((server) => server.start())]), aborted(stop.signal)]).finally(
      starting.end,
    );
    const { isKept, historyMillis, historyText, incidentAfterMillis } = settings;
    const { isOwn, note } = collector;
    const { url } = collector.client;
    const traceId = newTraceId();
    const shown = {
      url,
      isOwn,
      note,
      folder,
      isKept,
      servers,
      history: historyMillis === 0 ? undefined : historyText,
      incidentAfterMillis,
      traceId,
      program: terminal.env.npm_command === 'exec' ? 'npx meshscope' : 'meshscope',
    };
    if (stop.signal.aborted) return 0;
    await write(terminal.stdout, screen(shown, createPaint(terminal.stdout, terminal.env)));
    const past = sendHistory(settings, { notes: folders.notes, servers }, collector, stop.signal);
    await live({ settings, collector, delivery, counters, servers, notes: folders.notes, traceId, stop, terminal });
    await past;
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    await delivery.stop();
    await collector.close(settings.isKept);
  }
  await write(terminal.stdout, `${counters.text}\n`);
  if (delivery.lost > 0)
    terminal.stderr.write(`meshscope: ${delivery.lost} records of the agents did not arrive. ${printableText(delivery.problem ?? '')}\n`);
  return 0;
}

const aborted = (signal: AbortSignal) => (signal.aborted ? undefined : once(signal, 'abort'));

/** For the wrappers, which take credentials in the URL only. */
function recorderUrl({ client, isOwn }: Collector, settings: Settings, env: Terminal['env']): string {
  const url = new URL(settings.url ?? (env.MESHSCOPE_URL || client.url));
  if (isOwn || url.username !== '') return isOwn ? client.url : url.href;
  const given = settings.user ?? (env.MESHSCOPE_USERNAME ? `${env.MESHSCOPE_USERNAME}:${env.MESHSCOPE_PASSWORD ?? ''}` : ':');
  const colon = given.indexOf(':');
  url.username = encodeURIComponent(given.slice(0, colon));
  url.password = encodeURIComponent(given.slice(colon + 1));
  return url.href;
}

/** Beside the live records, which do not wait for it. Ends early when the demo does, or when the collector takes no more. */
async function sendHistory(
  { historyMillis, seed }: Settings,
  { notes, servers }: Pick<LiveParts, 'notes' | 'servers'>,
  { client }: Collector,
  signal: AbortSignal,
): Promise<void> {
  const toMillis = Date.now();
  const recorded = servers.map(({ name, recordedName, client: running }) => ({ name, recordedName, version: running?.serverVersion }));
  const past = new Delivery(client);
  for await (const { logs, spans } of inventSlices({ seed, notes, servers: recorded, fromMillis: toMillis - historyMillis, toMillis })) {
    for (const log of logs) past.sink.log(log);
    for (const span of spans) past.sink.span(span);
    await past.flush();
    if (signal.aborted || past.problem !== undefined) return;
  }
}

type LiveParts = Readonly<{
  settings: Settings;
  collector: Collector;
  delivery: Delivery;
  counters: Counters;
  servers: readonly McpServerSlot[];
  notes: string;
  traceId: string;
  stop: Stop;
  terminal: Terminal;
}>;

async function live({ settings, collector, delivery, counters, servers, notes, traceId, stop, terminal }: LiveParts): Promise<void> {
  const { seconds, calls, seed, incidentAfterMillis } = settings;
  const timer = seconds === undefined ? undefined : setTimeout(stop.stop, seconds * 1000);
  let died: string | undefined;
  void collector.ended?.then((said) => {
    if (stop.signal.aborted) return;
    died = said;
    stop.stop();
  });
  const counted = (kind: string | undefined) => {
    counters.counted(kind);
    if (calls !== undefined && counters.calls >= calls) stop.stop();
  };
  delivery.start();
  const line = createLine(
    terminal,
    () => `${counters.text}${delivery.problem === undefined ? '' : ` · ${delivery.waiting} records wait: ${delivery.problem}`}`,
  );
  const { signal } = stop;
  await runLive({ seed, notes, servers, sink: delivery.sink, counted, incidentAfterMillis, firstTraceId: traceId, signal });
  clearTimeout(timer);
  line.end();
  if (died !== undefined) terminal.stderr.write(`meshscope: The demo's own meshscope has ended:\n${printableText(died)}\n`);
}

/** One line that is drawn again and again, when people look. */
function createLine({ stderr }: Terminal, text: () => string) {
  if (stderr.isTTY !== true) return { end: () => undefined };
  const draw = () =>
    stderr.write(
      `\r\u001b[K${printableText(text())
        .replaceAll('\n', ' ')
        .slice(0, (stderr.columns ?? 80) - 1)}`,
    );
  const timer = setInterval(draw, 250);
  return {
    end: () => {
      clearInterval(timer);
      stderr.write('\r\u001b[K');
    },
  };
}
