import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { guardChild } from './guard-child.ts';
import type { EndReason } from './recorder.ts';
import type { ThreadRecorder } from './thread-recorder.ts';

export type WrapOptions = Readonly<{
  command: readonly string[];
  saw: ThreadRecorder['saw'];
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Windows only: the command interpreter (`ComSpec`). */
  shell: string | undefined;
  /** One line for the person who started it. */
  say: (line: string) => void;
}>;

/** How the wrapped server ended: the exit code of a shell. */
export type WrapResult = Readonly<{ code: number; why: EndReason; message: string }>;

const forwarded: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Clients kill two seconds after SIGTERM; the server must be gone before, or nobody is left to end it. */
const killAfterMillis = 1500;

/** A server that does not end at the end of its input is asked to, as clients do. */
const askAfterMillis = 2000;

const watchMillis = 1000;

/**
 * Runs a server and stands between it and its client. Bytes are forwarded as they come, with the back-pressure of both sides; the
 * recorder gets references to the same buffers after they were written.
 */
export function wrap({ command, saw, stdin, stdout, stderr, shell, say }: WrapOptions): Promise<WrapResult> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = start(program as string, args, shell);
    let ended = false;

    const end = (result: WrapResult) => {
      if (ended) return;
      ended = true;
      clearInterval(watch);
      for (const name of forwarded) process.off(name, onSignal);
      release();
      stdin.pause();
      resolve(result);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      say(`cannot run ${program}: ${error.code === 'ENOENT' ? 'there is no such command' : error.message}`);
      end({ code: error.code === 'ENOENT' ? 127 : 126, why: 'transport', message: `the server could not be started: ${error.message}` });
    });

    let terminating = false;
    const terminate = (signal: NodeJS.Signals) => {
      signalGroup(child, signal);
      if (terminating) return;
      terminating = true;
      setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMillis).unref();
    };
    const onSignal = (signal: NodeJS.Signals) => terminate(signal);
    for (const name of forwarded) process.on(name, onSignal);

    let gone = false;
    /** The client has ended or vanished. What it sent before is still answered by the server, if it likes. */
    const clientGone = (byItself: boolean) => {
      if (gone) return;
      gone = true;
      child.stdin?.end();
      if (!byItself) setTimeout(() => terminate('SIGTERM'), askAfterMillis).unref();
    };
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && clientGone(false), watchMillis);
    watch.unref();

    if (!child.stdin || !child.stdout || !child.stderr) return;
    const release = guardChild(child.pid);
    forward(stdin, child.stdin, (chunk) => saw('client', chunk));
    stdin.on('end', () => clientGone(true));
    // The server has closed its input; what the client sends now goes nowhere, and its exit tells.
    child.stdin.on('error', () => stdin.pause());
    forward(child.stdout, stdout, (chunk) => saw('server', chunk));
    stdout.on('error', () => {
      child.stdout?.resume();
      clientGone(false);
    });
    forward(child.stderr, stderr, (chunk) => saw('stderr', chunk));
    stderr.on('error', () => child.stderr?.resume());

    child.on('close', (code, signal) => {
      const died = signal !== null || (code !== 0 && !gone && !terminating);
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      end({
        code: code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0),
        why: died && !terminating ? 'transport' : 'abandoned',
        message: `the server ended (${how})`,
      });
    });
  });
}

function start(program: string, args: readonly string[], shell = 'cmd.exe'): ChildProcess {
  if (process.platform !== 'win32') return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  // `npx` and its like are `.cmd` files there, which only the shell starts.
  const quoted = [program, ...args].map((arg) => `"${arg.replaceAll('"', '""')}"`).join(' ');
  return spawn(shell, ['/d', '/s', '/c', `"${quoted}"`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    windowsVerbatimArguments: true,
  });
}

/** The server runs in a process group of its own, so that what it has started (npx, a shell) ends with it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended.
    child.kill(signal);
  }
}

function forward(from: Readable, to: Writable, saw: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
    saw(chunk);
  });
}
