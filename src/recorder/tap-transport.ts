import { spawn } from 'node:child_process';
import { FrameSplitter } from './frame-splitter.ts';
import { guardChild } from './guard-child.ts';

/** A connection to a server, as a client has it. */
export type TapTransport = Readonly<{
  /** Rejects when the message cannot be delivered. */
  send: (text: string) => Promise<void>;
  /** The protocol version is agreed on; over HTTP, opens the stream on which the server speaks by itself. */
  listen: (protocolVersion: string) => void;
  close: () => void;
}>;

export type TapEvents = Readonly<{
  onMessage: (text: string) => void;
  onStderr: (line: string) => void;
  /** The connection works again by itself, or is tried again until it does. */
  onTrouble: (line: string) => void;
  onEnd: (why: string) => void;
}>;

export const maxMessageBytes = 16 * 1024 ** 2;

export function openStdio([program, ...args]: readonly string[], { onMessage, onStderr, onEnd }: TapEvents): TapTransport {
  const child = spawn(program as string, args, { stdio: 'pipe', detached: process.platform !== 'win32' });
  const release = guardChild(child.pid);
  const messages = new FrameSplitter(maxMessageBytes, ({ head, cut }) => cut || onMessage(head.toString('utf8')));
  const lines = new FrameSplitter(16 * 1024, ({ head }) => onStderr(head.toString('utf8')));
  child.stdout.on('data', (chunk: Buffer) => messages.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk));
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => onEnd(`the server could not be started: ${error.message}`));
  child.on('close', (code, signal) => {
    release();
    onEnd(`the server ended (${signal === null ? `exit code ${code}` : `signal ${signal}`})`);
  });
  return {
    send: async (text) => void child.stdin.write(`${text}\n`),
    listen: () => undefined,
    close() {
      child.stdin.end();
      setTimeout(() => child.kill('SIGTERM'), 1000).unref();
      setTimeout(() => child.kill('SIGKILL'), 2500).unref();
    },
  };
}
