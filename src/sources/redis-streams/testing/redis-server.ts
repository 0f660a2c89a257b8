import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connectRedis, type RedisConnection } from '../redis-connection.ts';

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export const plain: ConnectionOptions = { tls: false, certificates: {}, username: '', password: '', database: 0, name: 'test' };

/** A real redis-server in a folder of its own, which keeps what it has when it is stopped and started again. */
export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'meshscope-redis-'));
  readonly port: number;
  readonly #args: readonly string[];
  readonly #options: ConnectionOptions;
  #process: ChildProcess | undefined;
  #client: RedisConnection | undefined;

  private constructor(port: number, args: readonly string[], options: ConnectionOptions) {
    this.port = port;
    this.#args = args;
    this.#options = options;
  }

  /** `args` are options of redis-server; `options` how the test itself connects. */
  static async start(args: readonly string[] = [], options = plain): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args, options);
    await server.start();
    return server;
  }

  static async unstarted(): Promise<RedisServer> {
    return new RedisServer(await freePort(), [], plain);
  }

  /** A Sentinel that watches the server at `port`, which it calls `mymaster`. */
  static async sentinel(port: number): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), [], plain);
    const file = join(server.folder, 'sentinel.conf');
    writeFileSync(file, `port ${server.port}\nbind 127.0.0.1\ndir ${server.folder}\nsentinel monitor mymaster 127.0.0.1 ${port} 1\n`);
    await server.#spawn([file, '--sentinel']);
    return server;
  }

  start(): Promise<void> {
    const port = this.#options.tls ? ['--port', '0', '--tls-port', String(this.port)] : ['--port', String(this.port)];
    const common = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', this.folder];
    return this.#spawn([...port, ...common, ...this.#args]);
  }

  async #spawn(args: readonly string[]): Promise<void> {
    this.#process = spawn('redis-server', args, { stdio: 'ignore' });
    for (let attempt = 0; ; attempt++) {
      try {
        this.#client = await connectRedis({ host: '127.0.0.1', port: this.port }, this.#options);
        return;
      } catch (error) {
        if (attempt > 100) throw error;
        await sleep(50);
      }
    }
  }

  async kill(): Promise<void> {
    this.#client?.close();
    if (this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async send(...args: readonly (string | number)[]) {
    if (this.#client === undefined) throw new Error('BUG: the server was not started');
    return this.#client.send(args);
  }

  /** Adds entries one after the other; returns their ids. */
  async add(stream: string, entries: readonly Readonly<Record<string, string>>[]): Promise<string[]> {
    const ids = await Promise.all(entries.map((entry) => this.send('XADD', stream, '*', ...Object.entries(entry).flat())));
    return ids.map(String);
  }
}

/** A certificate for 127.0.0.1 that signs itself; the paths of its file and of its key. */
export function createCertificate(folder: string): Readonly<{ cert: string; key: string }> {
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...files, ...subject], { stdio: 'ignore' });
  return { cert, key };
}
