import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, objectOf } from '../../recorder/json-rpc.ts';
import type { ToolResult } from './plan.ts';

/** A server on stdio, in a process group of its own. */
export type StdioServer = ChildProcess & Readonly<{ stdin: Writable; stdout: Readable }>;

type CallOptions = Readonly<{ traceparent: string; giveUp?: Readonly<{ afterMillis: number; reason: string }> | undefined }>;

const protocolVersion = '2025-11-25';

/** What is asked of a server must not wait for ever. */
const answerMillis = 20_000;

/** Recorders deliver what they have before they end. */
const closeMillis = 5000;

type Answer = Readonly<Record<string, unknown>>;

/** A client of MCP (revision 2025-11-25) on the standard streams of a process, as far as the demo's agents need one. */
export class McpClient {
  readonly #server: StdioServer;
  readonly #open = new Map<number, (answer: Answer | undefined) => void>();
  #lastId = 0;
  #ended = false;
  #serverVersion: string | undefined;

  /** As the server says it. */
  get serverVersion(): string | undefined {
    return this.#serverVersion;
  }

  constructor(server: StdioServer) {
    this.#server = server;
    server.stdin.on('error', () => undefined);
    createInterface({ input: server.stdout }).on('line', (line) => this.#read(line));
    const end = () => {
      this.#ended = true;
      for (const resolve of this.#open.values()) resolve(undefined);
      this.#open.clear();
    };
    server.once('exit', end);
    server.once('error', end);
  }

  /** Resolves with whether the server has answered and is ready for calls. */
  async connect(name: string, timeoutMillis: number): Promise<boolean> {
    const clientInfo = { name, version: '1.0.0' };
    const { answer } = this.#ask('initialize', { protocolVersion, capabilities: {}, clientInfo }, timeoutMillis);
    const result = (await answer)?.result;
    if (!isObject(result)) return false;
    const { version } = objectOf(result.serverInfo);
    this.#serverVersion = typeof version === 'string' ? version : undefined;
    this.#send({ method: 'notifications/initialized' });
    return true;
  }

  /** As every client does; a recorder learns from it how the tools are defined. */
  async listTools(timeoutMillis: number): Promise<void> {
    await this.#ask('tools/list', {}, timeoutMillis).answer;
  }

  /** Calls a tool. How it ended is a value, also when the server is gone. */
  async callTool(name: string, args: Answer, { traceparent, giveUp }: CallOptions): Promise<ToolResult> {
    const params = { name, arguments: args, _meta: { traceparent } };
    const { id, answer } = this.#ask('tools/call', params, giveUp?.afterMillis ?? answerMillis);
    const answered = await answer;
    if (answered === undefined) {
      if (this.#ended) return { outcome: 'transport', text: 'the server has ended' };
      const reason = giveUp?.reason ?? `request timed out after ${answerMillis} ms`;
      this.#send({ method: 'notifications/cancelled', params: { requestId: id, reason } });
      return { outcome: /timed out/.test(reason) ? 'timed_out' : 'cancelled', text: reason };
    }
    if (answered.error !== undefined) return { outcome: 'rpc_error', text: String(objectOf(answered.error).message ?? '') };
    const result = objectOf(answered.result);
    const content = Array.isArray(result.content) ? objectOf(result.content[0]) : {};
    const text = typeof content.text === 'string' ? content.text : '';
    return { outcome: result.isError === true ? 'tool_error' : 'ok', text };
  }

  /** Ends the conversation and with it the server; kills it when it stays. */
  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#server;
    if (exitCode !== null || signalCode !== null || this.#server.pid === undefined) return;
    const exited = once(this.#server, 'exit');
    this.#server.stdin.end();
    const timer = new AbortController();
    const late = sleep(closeMillis, undefined, { signal: timer.signal }).then(
      () => void this.#server.kill('SIGKILL'),
      () => undefined,
    );
    await Promise.race([exited, late]);
    timer.abort();
    await exited;
  }

  #ask(method: string, params: Answer, timeoutMillis: number): Readonly<{ id: number; answer: Promise<Answer | undefined> }> {
    const id = ++this.#lastId;
    const answer = new Promise<Answer | undefined>((resolve) => {
      if (this.#ended) return resolve(undefined);
      const done = (value: Answer | undefined) => {
        clearTimeout(timer);
        this.#open.delete(id);
        resolve(value);
      };
      const timer = setTimeout(() => done(undefined), timeoutMillis);
      this.#open.set(id, done);
      this.#send({ id, method, params });
    });
    return { id, answer };
  }

  #send(message: Answer): void {
    if (!this.#ended) this.#server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #read(line: string): void {
    const message = parsed(line);
    if (typeof message.method === 'string') {
      // Nothing was offered, so nothing but `ping` may be asked of us.
      const error = { code: -32601, message: 'Method not found' };
      if (message.id !== undefined) this.#send({ id: message.id, ...(message.method === 'ping' ? { result: {} } : { error }) });
      return;
    }
    if (typeof message.id === 'number') this.#open.get(message.id)?.(message);
  }
}

/** A line of a server that is no message is nothing to a client. */
function parsed(line: string): Answer {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return {};
  }
}
