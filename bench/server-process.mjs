// Starts the built server as users do, and reads what the operating system knows about it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../dist/cli/meshscope.cjs', import.meta.url));

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export async function startServer({ data, port, env = {}, nodeOptions = [] }) {
  const chosen = port ?? (await freePort());
  const child = spawn(
    process.execPath,
    [...nodeOptions, entry, 'up', '--data', data, '--port', String(chosen), '--conventional-ports', 'off'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    },
  );
  let complaints = '';
  child.stderr.on('data', (chunk) => (complaints = (complaints + chunk).slice(-4000)));
  const exited = new Promise((resolve) => child.on('exit', resolve));
  const url = `http://127.0.0.1:${chosen}`;
  const started = performance.now();
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`the server stopped: ${complaints}`);
    if (performance.now() - started > 30_000) throw new Error(`the server is not ready after 30 s: ${complaints}`);
    await sleep(20);
  }
  const readyMillis = performance.now() - started;
  const kill = () => child.kill('SIGKILL');
  // Before the folder is removed.
  process.prependListener('exit', kill);
  return {
    url,
    pid: child.pid,
    readyMillis,
    complaints: () => complaints,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      process.off('exit', kill);
    },
  };
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/readyz`)).status === 200;
  } catch {
    return false;
  }
}

/** CPU seconds used so far, user and system together. NaN where there is no /proc. */
export function cpuSeconds(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return Number.NaN;
  const fields = readFileSync(path, 'latin1').split(') ')[1].split(' ');
  // utime and stime, in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Waits until the server is done with what came in: it then uses less than a tenth of a core for some seconds. Returns how many seconds it took. */
export async function untilQuiet(server, giveUpSeconds = 300) {
  const began = performance.now();
  const took = () => (performance.now() - began) / 1000;
  for (let quiet = 0, last = cpuSeconds(server.pid); quiet < 5 && took() < giveUpSeconds; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const now = cpuSeconds(server.pid);
    quiet = now - last < 0.1 ? quiet + 1 : 0;
    last = now;
  }
  return took();
}

/** Resident memory now and at its highest, in bytes. */
export function residentBytes(pid) {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return { now: Number.NaN, peak: Number.NaN };
  const status = readFileSync(path, 'latin1');
  const read = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

export async function call(server, method, path, body) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** Records that queries find, since the start of the server. */
export async function storedRecords(server) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^meshscope_records_total\{source="all",outcome="stored"\} (\d+)/m.exec(text)?.[1] ?? 0);
}
