import { spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Config } from '../config/load.ts';
import { memoryLimitBytes } from '../lib/memory-limit.ts';
import { roundBytes } from '../lib/quantity.ts';

/** One finding; `advice` says what to do about anything but `ok`. */
export type Finding = Readonly<{ name: string; state: 'ok' | 'warn' | 'fail'; detail: string; advice?: string }>;

type Report = Readonly<{
  header?: Readonly<{ glibcVersionRuntime?: string }>;
  userLimits?: Readonly<{ open_files?: Readonly<{ soft: number | string }> }>;
}>;

const report = (): Report => (process.report?.getReport() ?? {}) as Report;

export function checkPlatform(): Finding {
  const name = 'platform';
  const { platform, arch } = process;
  const glibc = platform === 'linux' ? report().header?.glibcVersionRuntime : undefined;
  const detail = `${platform} ${arch}${glibc === undefined ? '' : `, glibc ${glibc}`}`;
  const known = (platform === 'linux' || platform === 'darwin') && (arch === 'x64' || arch === 'arm64');
  if (!known)
    return {
      name,
      state: 'fail',
      detail,
      advice: 'The embedded engine runs on Linux and macOS, x64 and arm64. Use one of them, or WSL 2 on Windows.',
    };
  if (platform === 'linux' && glibc === undefined) {
    return {
      name,
      state: 'fail',
      detail: `${detail}, no glibc`,
      advice: 'The embedded engine needs glibc. Use a Debian, Ubuntu or Fedora image instead of Alpine.',
    };
  }
  return { name, state: 'ok', detail };
}

export function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  const detail = `Node.js ${process.versions.node}`;
  return good ? { name: 'node', state: 'ok', detail } : { name: 'node', state: 'fail', detail, advice: 'Install Node.js 20.19 or later.' };
}

export function checkOpenFiles(): Finding {
  const soft = report().userLimits?.open_files?.soft;
  const detail = `${soft ?? 'unknown'} open files allowed`;
  if (typeof soft !== 'number' || soft >= 4096) return { name: 'open files', state: 'ok', detail };
  return { name: 'open files', state: 'warn', detail, advice: 'Raise the limit with `ulimit -n 65536` before `meshscope up`.' };
}

/** Loads the engine in a process of its own, because a native module that does not fit the machine ends its process. */
export function checkEngine(): Finding {
  const name = 'engine';
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve('chdb');
  } catch {
    return {
      name,
      state: 'fail',
      detail: 'chdb is not installed',
      advice: 'Install again without --omit=optional: `npm install`. A remote command line works without it.',
    };
  }
  const script = 'const { query } = require(process.argv[1]); process.stdout.write(query("SELECT version()", "TSV"));';
  const child = spawnSync(process.execPath, ['-e', script, path], { encoding: 'utf8', timeout: 60_000 });
  const version = child.stdout.trim();
  if (child.status === 0 && /^\d+\./.test(version)) return { name, state: 'ok', detail: `ClickHouse ${version} in this process (chDB)` };
  const reason =
    child.signal ??
    child.stderr
      .trim()
      .split('\n')
      .find((line) => /error/i.test(line)) ??
    `exit code ${child.status}`;
  return {
    name,
    state: 'fail',
    detail: `chdb does not load: ${reason}`,
    advice: 'Install again with `npm ci`, on the machine that runs it; packages of another platform do not work.',
  };
}

/** The nearest folder on the way up that exists. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

export function checkDataFolder({ data }: Config): Finding {
  const name = 'data folder';
  const folder = existing(data);
  const detail = folder === data ? data : `${data} (will be made in ${folder})`;
  if (!statSync(folder).isDirectory())
    return { name, state: 'fail', detail: `${folder} is not a folder`, advice: 'Name another folder with --data.' };
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return { name, state: 'fail', detail: `${folder} is not writable`, advice: 'Change its owner, or name another folder with --data.' };
  }
  const holder = lockHolder(data);
  if (holder !== undefined) return { name, state: 'ok', detail: `${detail}, in use by process ${holder}` };
  return { name, state: 'ok', detail: `${detail}, not in use` };
}

/** The process whose engine holds the folder. The engine locks the file `status`, and writes its process id into it. */
export function lockHolder(data: string): number | undefined {
  const files = [data, ...subfolders(data)].map((folder) => join(folder, 'status')).filter((file) => existsSync(file));
  for (const file of files) {
    const pid = Number(/^PID: (\d+)/m.exec(readFileSync(file, 'utf8'))?.[1]);
    if (!Number.isSafeInteger(pid)) continue;
    if (process.platform === 'linux' ? isLocked(file) : isAlive(pid)) return pid;
  }
  return undefined;
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));
}

const isLocked = (file: string) => new RegExp(`:${statSync(file).ino} `).test(readFileSync('/proc/locks', 'utf8'));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function checkDisk({ data, store }: Config): Finding {
  const name = 'disk';
  const disk = statfsSync(existing(data));
  const free = disk.bavail * disk.bsize;
  const budget = store.maxDiskBytes === 'auto' ? '80% of it is the budget' : `the budget is ${roundBytes(store.maxDiskBytes)}`;
  const detail = `${roundBytes(free)} free, ${budget}`;
  const advice =
    'Free some space, or put the data on another disk with --data. When the disk is full, writes are refused until there is room.';
  if (free < 512 * 1024 ** 2) return { name, state: 'fail', detail, advice };
  return free < 5 * 1024 ** 3 ? { name, state: 'warn', detail, advice } : { name, state: 'ok', detail };
}

const syncs = 20;
const slowSyncMillis = 25;

/** Each acknowledgement waits for a sync, so its time bounds how soon senders go on. */
export function checkSync({ data }: Config): Finding {
  const name = 'sync';
  const file = join(existing(data), `.meshscope-doctor-${process.pid}`);
  const times: number[] = [];
  try {
    const fd = openSync(file, 'wx');
    try {
      const block = Buffer.alloc(4096, 1);
      for (let at = 0; at < syncs; at++) {
        const started = performance.now();
        writeSync(fd, block);
        fdatasyncSync(fd);
        times.push(performance.now() - started);
      }
    } finally {
      closeSync(fd);
      rmSync(file, { force: true });
    }
  } catch (error) {
    return {
      name,
      state: 'fail',
      detail: `cannot write: ${error instanceof Error ? error.message : String(error)}`,
      advice: 'Name another folder with --data.',
    };
  }
  const median = times.sort((a, b) => a - b)[syncs / 2] as number;
  const detail = `${median.toFixed(2)} ms for a synced write of 4 KiB (median of ${syncs})`;
  if (median <= slowSyncMillis) return { name, state: 'ok', detail };
  return { name, state: 'warn', detail, advice: 'A local SSD acknowledges sooner; network disks are slow here. Send larger batches.' };
}

/** What Node.js and the journal take beside the engine. */
const besideEngineBytes = 400 * 1024 ** 2;

export function checkMemory({ store }: Config): Finding {
  const name = 'memory';
  const limit = memoryLimitBytes();
  const detail = `${roundBytes(limit)}, of which the engine may use ${roundBytes(store.memoryBytes)}`;
  if (store.memoryBytes + besideEngineBytes <= limit) return { name, state: 'ok', detail };
  return {
    name,
    state: 'warn',
    detail,
    advice: 'Lower store.memoryBytes, or give the machine more memory: otherwise the kernel may kill meshscope.',
  };
}
