import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { forward, forwardOrSkip } from './forward.ts';
import { guardChild } from './guard-child.ts';
import type { EndReason } from './recorder.ts';
import type { ThreadRecorder } from './thread-recorder.ts';

export type WrapOptions = Readonly<{
  command: readonly string[];
  saw: ThreadRecorder['saw'];
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Of the server. */
  env: NodeJS.ProcessEnv;
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

/** A server that does not end with its input although its client is gone is asked to. */
const askAfterMillis = 2000;

const watchMillis = 1000;

/** What the server has started may hold its output open for so long after it. */
const lingerMillis = 1000;

/**
 * Runs a server and stands between it and its client. Bytes are forwarded as they come, with the back-pressure of both sides; the
 * recorder gets references to the same buffers after they were written.
 */
export function wrap({ command, saw, stdin, stdout, stderr, env, shell, say }: WrapOptions): Promise<WrapResult> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    let child: ChildProcess;
    const cannotRun = (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      say(`cannot run ${program}: ${missing ? 'there is no such command' : error.message}`);
      resolve({ code: missing ? 127 : 126, why: 'transport', message: `the server could not be started: ${error.message}` });
    };
    try {
      child = start(program as string, args, env, shell);
    } catch (error) {
      cannotRun(error as NodeJS.ErrnoException);
      return;
    }
    child.on('error', (error) => child.pid === undefined && cannotRun(error));
    if (child.pid === undefined || !child.stdin || !child.stdout || !child.stderr) return;
    const release = guardChild(child.pid);

    let terminating = false;
    const terminate = (signal: NodeJS.Signals) => {
      signalGroup(child, signal);
      if (terminating) return;
      terminating = true;
      setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMillis).unref();
    };
    const onSignal = (signal: NodeJS.Signals) => terminate(signal);
    for (const name of forwarded) process.on(name, onSignal);

    let inputEnded = false;
    let vanished = false;
    /** Nobody reads the answers any more. */
    const clientVanished = () => {
      if (vanished) return;
      vanished = true;
      child.stdin?.end();
      setTimeout(() => terminate('SIGTERM'), askAfterMillis).unref();
    };
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && clientVanished(), watchMillis);
    watch.unref();

    forward(stdin, child.stdin, (chunk) => saw('client', chunk));
    // What the client sent before may still be answered, for as long as the server likes.
    stdin.on('end', () => {
      inputEnded = true;
      child.stdin?.end();
    });
    stdin.on('error', clientVanished);
    // The server has closed its input; what the client sends now goes nowhere, and its exit tells.
    child.stdin.on('error', () => stdin.resume());
    forward(child.stdout, stdout, (chunk) => saw('server', chunk));
    stdout.on('error', () => {
      child.stdout?.resume();
      clientVanished();
    });
    forwardOrSkip(child.stderr, stderr, (chunk) => saw('stderr', chunk));

    child.on('exit', () => {
      setTimeout(() => terminate('SIGTERM'), lingerMillis).unref();
      setTimeout(() => closeWhenSilent(child.stdout as Readable, child.stderr as Readable), lingerMillis + killAfterMillis).unref();
    });
    child.on('close', (code, signal) => {
      clearInterval(watch);
      for (const name of forwarded) process.off(name, onSignal);
      // What it left behind in its group has no client.
      signalGroup(child, 'SIGTERM');
      release();
      stdin.pause();
      const asked = terminating || inputEnded || vanished;
      const died = !asked && (signal !== null || code !== 0);
      resolve({
        code: code ?? 128 + (constants.signals[signal as NodeJS.Signals] ?? 0),
        why: died ? 'transport' : 'abandoned',
        message: `the server ended (${signal === null ? `exit code ${code}` : `signal ${signal}`})`,
      });
    });
  });
}

/** A process that left the group may hold the server's output open for ever. What is being read is read to its end. */
function closeWhenSilent(...outputs: readonly Readable[]): void {
  for (const output of outputs) {
    let silent = !output.isPaused();
    output.once('data', () => {
      silent = false;
    });
    setTimeout(() => (silent && !output.isPaused() ? output.destroy() : closeWhenSilent(output)), lingerMillis).unref();
  }
}

function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv, shell = 'cmd.exe'): ChildProcess {
  if (process.platform !== 'win32') return spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env, detached: true });
  // `npx` and its like are `.cmd` files there, which only the shell starts.
  const quoted = [program, ...args].map((arg) => `"${arg.replaceAll('"', '""')}"`).join(' ');
  return spawn(shell, ['/d', '/s', '/c', `"${quoted}"`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env,
    windowsHide: true,
    windowsVerbatimArguments: true,
  });
}

/** The server runs in a process group of its own, so that what it has started (npx, a shell) ends with it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-(child.pid as number), signal);
  } catch {
    // The whole group has ended.
  }
}
