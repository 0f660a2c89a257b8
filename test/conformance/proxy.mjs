import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const cli = process.env.BUILT_CLI ?? resolve(import.meta.dirname, '../../dist/cli/meshscope.cjs');

/** Starts a program and resolves when what it prints on one of its outputs matches. `stop` ends it. */
export async function startProgram(args, ready, env = {}) {
  const child = spawn(process.env.OWN_NODE ?? process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  const found = await new Promise((resolveFound, reject) => {
    const look = (part) => {
      if (said.length < 10_000) said += part;
      const match = ready.exec(said);
      if (match) resolveFound(match[0]);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}: ${said}`)));
    setTimeout(() => reject(new Error(`${args.join(' ')} is not ready: ${said}`)), 20_000).unref();
  });
  return {
    found,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 3000).unref();
      await ended;
    },
  };
}

export const address = /http:\/\/\S+(?=\s)/;

/** `meshscope proxy` in front of an address, without a collector. */
export async function startProxy(to) {
  const spool = mkdtempSync(join(tmpdir(), 'meshscope-conformance-spool-'));
  const args = [cli, 'proxy', '--to', to, '--port', '0', '--url', 'http://127.0.0.1:9', '--spool', spool];
  const { found: url, stop } = await startProgram(args, address);
  return {
    url,
    stop: async () => {
      await stop();
      rmSync(spool, { recursive: true, force: true });
    },
  };
}
