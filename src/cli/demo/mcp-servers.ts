import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { objectOf } from '../../recorder/json-rpc.ts';
import { McpClient, type StdioServer } from './mcp-client.ts';
import { clientOf, type ServerName } from './plan.ts';

/** Where a server comes from: installed beside us, downloaded by npx, or our own in its place. */
export const origins = ['installed', 'npx', 'own'] as const;
export type Origin = (typeof origins)[number];

/** The versions that the demo was tried with. */
export const publishedVersion = '2026.8.31';

/** How long a start may take before the next origin is tried. */
const patienceMillis: Readonly<Record<Origin, number>> = { installed: 15_000, npx: 8000, own: 15_000 };

/** A download may go on beside a stand-in, and its server takes the place of that. */
const downloadMillis = 180_000;

export type Folders = Readonly<{ notes: string; memory: string; spool: string }>;

export type StartOptions = Readonly<{
  origins: readonly Origin[];
  folders: Folders;
  /** The collector, with credentials when it wants some. */
  collectorUrl: string;
  env: NodeJS.ProcessEnv;
}>;

/** One of the three servers, wrapped, from the first origin that works. */
export class McpServerSlot {
  readonly name: ServerName;
  readonly #options: StartOptions;
  #running: Readonly<{ origin: Origin; client: McpClient }> | undefined;
  readonly #starting = new Set<McpClient>();
  #closed = false;

  constructor(name: ServerName, options: StartOptions) {
    this.name = name;
    this.#options = options;
  }

  get client(): McpClient | undefined {
    return this.#running?.client;
  }

  get origin(): Origin | undefined {
    return this.#running?.origin;
  }

  /** Under which name its calls are recorded. */
  get recordedName(): string {
    return recordedName(this.name, this.origin);
  }

  /** Whether another server is about to take the place of the one that runs. */
  get isWaiting(): boolean {
    return this.#starting.size > 0;
  }

  /** Resolves when a server answers, or none will. */
  async start(): Promise<void> {
    for (const origin of this.#options.origins) {
      if (this.#closed) return;
      const command = commandOf(this.name, origin, this.#options.folders);
      if (command === undefined) continue;
      const started = this.#try(origin, command);
      if (await Promise.race([started, sleep(patienceMillis[origin], false, { ref: false })])) return;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const clients = [...this.#starting, ...(this.#running === undefined ? [] : [this.#running.client])];
    await Promise.all(clients.map((client) => client.close()));
  }

  async #try(origin: Origin, command: readonly string[]): Promise<boolean> {
    const client = new McpClient(spawnWrapped(recordedName(this.name, origin), command, this.#options));
    this.#starting.add(client);
    const isReady = await client.connect(clientOf[this.name], origin === 'npx' ? downloadMillis : patienceMillis[origin]);
    this.#starting.delete(client);
    if (!isReady || this.#closed) {
      await client.close();
      return false;
    }
    await client.listTools(patienceMillis.own);
    const before = this.#running;
    this.#running = { origin, client };
    await before?.client.close();
    return true;
  }
}

const recordedName = (name: ServerName, origin: Origin | undefined): string => (origin === 'own' ? `${name}-standin` : name);

function commandOf(name: ServerName, origin: Origin, { notes }: Folders): readonly string[] | undefined {
  const args = { everything: ['stdio'], filesystem: [notes], memory: [] }[name];
  const published = `@modelcontextprotocol/server-${name}`;
  if (origin === 'npx') return ['npx', '-y', `${published}@${publishedVersion}`, ...args];
  if (origin === 'own') return [process.execPath, fileURLToPath(new URL('./stand-in-main.js', import.meta.url)), name, notes];
  const program = programOf(published);
  return program === undefined ? undefined : [process.execPath, program, ...args];
}

/** The program of a package that is installed where ours is. */
function programOf(name: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const [program] = Object.values(objectOf(objectOf(JSON.parse(readFileSync(manifest, 'utf8'))).bin));
    return typeof program === 'string' ? join(dirname(manifest), program) : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** Our own program, which is two folders up in what was built. */
export const ownProgram = (): string => fileURLToPath(new URL('../meshscope.cjs', import.meta.url));

/** In a group of its own, so that Ctrl-C reaches the demo alone, which ends one after another. When the demo is killed, the wrapper sees its input end. */
function spawnWrapped(name: string, command: readonly string[], { folders, collectorUrl, env }: StartOptions): StdioServer {
  const args = [ownProgram(), 'wrap', '--name', name, '--spool', folders.spool, '--', ...command];
  return spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    cwd: folders.notes,
    // Not a flag, which everyone on the machine could read: the URL may hold a password.
    env: { ...env, MESHSCOPE_URL: collectorUrl, MEMORY_FILE_PATH: folders.memory, npm_config_update_notifier: 'false' },
  }) as StdioServer;
}
