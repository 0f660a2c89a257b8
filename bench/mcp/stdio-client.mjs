// A client on stdio that does nothing but wait for the answer to its id: what is measured is not a client.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function connect([command, ...args]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  let rest = '';
  let waiting;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    rest += text;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      if (waiting && !line.includes('"method"')) waiting(line);
    }
  });
  let id = 0;
  const ask = (method, params) =>
    new Promise((resolve) => {
      waiting = resolve;
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: id++, method, params })}\n`);
    });
  const notify = (method) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`);
  const close = () =>
    new Promise((resolve) => {
      child.once('close', resolve);
      child.stdin.end();
    });
  const greet = async () => {
    await ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'overhead', version: '1' } });
    notify('notifications/initialized');
  };
  return { pid: child.pid, ask, greet, close };
}

/** CPU of a process and its threads so far, in milliseconds; undefined where there is no /proc. A tick is 10 ms on Linux. */
export function cpuMillis(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
