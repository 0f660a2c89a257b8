import { type Config, defaultConfig, type LoadedConfig, loadConfig } from '../config/load.ts';
import { AppError } from '../lib/errors.ts';
import { printableText } from '../lib/printable-text.ts';
import { version } from '../lib/version.ts';
import { type Command, UsageError } from './command.ts';
import {
  checkDataFolder,
  checkDisk,
  checkEngine,
  checkMemory,
  checkNode,
  checkOpenFiles,
  checkPlatform,
  checkSync,
  type Finding,
  lockHolder,
} from './doctor-checks.ts';
import { listenError, portHolder } from './port-holder.ts';
import { createServerClient } from './server-client.ts';
import { createPaint, type Terminal, write } from './terminal.ts';

const options = {
  config: { type: 'string', placeholder: 'FILE', help: 'Config file.', fallback: './meshscope.json, then DATA/meshscope.json' },
  json: { type: 'boolean', help: 'Print JSON.' },
} as const;

export const doctorCommand: Command = {
  summary: 'Check whether meshscope can run here, and say what to do if not.',
  operands: '',
  description: ['Looks at the platform, the engine, the settings, the data folder, the disk, the memory, the ports and a running server.'],
  options,
  takesSettings: true,
  examples: ['meshscope doctor', 'meshscope doctor --data /var/lib/meshscope --json'],
  run: async ({ args, terminal }) => {
    const findings = await diagnose(args, terminal);
    if (args.includes('--json')) await write(terminal.stdout, `${JSON.stringify({ version: version(), findings }, null, 2)}\n`);
    else await write(terminal.stdout, findingText(findings, terminal));
    return findings.some(({ state }) => state === 'fail') ? 1 : 0;
  },
};

async function diagnose(args: readonly string[], terminal: Terminal): Promise<Finding[]> {
  const findings: Finding[] = [checkPlatform(), checkNode(), checkOpenFiles(), checkEngine()];
  const { loaded, finding } = readSettings(args, terminal);
  const { config } = loaded;
  findings.push(finding);
  for (const [name, check] of Object.entries({ 'data folder': checkDataFolder, disk: checkDisk, sync: checkSync, memory: checkMemory })) {
    findings.push(guarded(name, () => check(config)));
  }
  const server = await checkServer(config, terminal);
  const running = server.state === 'ok' && lockHolder(config.data) !== undefined;
  findings.push(...(await checkPorts(loaded, running)), server);
  return findings;
}

/** A folder that cannot even be looked at must not end the report. */
function guarded(name: string, check: () => Finding): Finding {
  try {
    return check();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, state: 'fail', detail, advice: 'Change its owner, or name another folder with --data.' };
  }
}

/** Wrong settings are a finding too; the other checks then look at the defaults. */
function readSettings(args: readonly string[], terminal: Terminal): { loaded: LoadedConfig; finding: Finding } {
  const name = 'settings';
  try {
    const loaded = loadConfig({ argv: args, env: terminal.env, cwd: terminal.cwd, commandFlags: ['json'] });
    if (loaded.rest.some((arg) => arg !== '--json')) throw new UsageError('`meshscope doctor` takes no operands.');
    const set = Object.values(loaded.sources).filter(({ kind }) => kind !== 'default').length;
    const detail = `valid, ${set} set${loaded.file === undefined ? '' : `, config file ${loaded.file}`}`;
    return { loaded, finding: { name, state: 'ok', detail } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const loaded = defaultConfig(terminal.cwd);
    return {
      loaded,
      finding: { name, state: 'fail', detail: error.message, advice: 'Correct them; docs/configuration.md lists all settings.' },
    };
  }
}

async function checkPorts({ config, sources }: LoadedConfig, running: boolean): Promise<Finding[]> {
  const { http, elasticsearch, otlp, forward } = config;
  const conventional = config.conventionalPorts
    ? [
        { path: 'elasticsearch.port', host: http.host, port: elasticsearch.port },
        { path: 'otlp.grpcPort', host: otlp.host, port: otlp.grpcPort },
        { path: 'otlp.httpPort', host: otlp.host, port: otlp.httpPort },
        { path: 'forward.port', host: forward.host, port: forward.port },
      ]
    : [];
  const ports = [{ path: 'http.port', host: http.host, port: http.port }, ...conventional].filter(({ port }) => port !== 0);
  return Promise.all(
    ports.map(async ({ path, host, port }): Promise<Finding> => {
      const name = `port ${port}`;
      const error = await listenError(host, port);
      if (error === undefined) return { name, state: 'ok', detail: `free (${path})` };
      const holder = portHolder(port);
      const taken = error === 'EADDRINUSE' ? `taken${holder === undefined ? '' : ` by ${holder}`}` : `cannot be used: ${error}`;
      const detail = `${taken} (${path})`;
      if (running) return { name, state: 'ok', detail };
      const wanted = path === 'http.port' || sources[path]?.kind !== 'default';
      const advice =
        error === 'EACCES'
          ? `Ports below 1024 need rights; choose another with --${path} N.`
          : `Stop that program, or choose another port with --${path} N.`;
      return { name, state: wanted ? 'fail' : 'warn', detail, advice };
    }),
  );
}

/** Only meshscope has Elasticsearch's API at this path. */
async function checkServer({ http }: Config, { env }: Terminal): Promise<Finding> {
  const name = 'server';
  const host = ['0.0.0.0', '::', '[::]'].includes(http.host) ? '127.0.0.1' : http.host;
  const url = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${http.port}`;
  const client = createServerClient({ url, user: http.password === '' ? undefined : `${http.username}:${http.password}` }, env);
  try {
    const answer = await client.tryRequest({ method: 'GET', path: '/elasticsearch/' });
    if (answer === undefined) return { name, state: 'ok', detail: `none runs at ${url}; start one with \`meshscope up\`` };
    const { status } = answer;
    if (status === 200) return { name, state: 'ok', detail: `a meshscope answers at ${url}` };
    if (status === 401)
      return {
        name,
        state: 'warn',
        detail: `${url} wants credentials`,
        advice: 'Set MESHSCOPE_HTTP_USERNAME and MESHSCOPE_HTTP_PASSWORD.',
      };
    return {
      name,
      state: 'warn',
      detail: `${url} answers with status ${status}`,
      advice: 'Another program may use the port; choose one with --port N.',
    };
  } finally {
    client.close();
  }
}

function findingText(findings: readonly Finding[], terminal: Terminal): string {
  const paint = createPaint(terminal.stdout, terminal.env);
  const styles = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, state, detail, advice }) => [
    `${paint(styles[state], state.padEnd(4))}  ${name.padEnd(width)}  ${printableText(detail).replaceAll('\n', '; ')}\n`,
    ...(advice === undefined ? [] : [`      ${' '.repeat(width)}  ${advice}\n`]),
  ]);
  const failed = findings.filter(({ state }) => state === 'fail').length;
  const verdict = failed === 0 ? `meshscope ${version()} can run here.` : `${failed} of ${findings.length} checks failed.`;
  return `${lines.join('')}\n${verdict}\n`;
}
