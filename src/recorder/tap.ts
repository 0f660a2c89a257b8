import { isObject, objectOf, parseMessages, type RpcMessage, type RpcObject } from './json-rpc.ts';
import { momentNow, type Recorder } from './recorder.ts';
import type { TapEvents, TapTransport } from './tap-transport.ts';

export type TapOptions = Readonly<{
  open: (events: TapEvents) => TapTransport;
  recorder: Recorder;
  /** The least severe level that is wanted, as MCP names it. */
  level: string;
  /** A tool that is called once, to see what it logs. */
  call: Readonly<{ name: string; arguments: RpcObject }> | undefined;
  version: string;
  onLog: (level: string, logger: string | undefined, data: unknown) => void;
  /** What the person should know: which way logs come, or why they do not. */
  say: (line: string) => void;
}>;

export type Tap = Readonly<{ ended: Promise<string>; close: () => void }>;

const legacyVersion = '2025-11-25';
const modernVersion = '2026-07-28';

/** Servers that do not know `initialize` are asked in the way of the modern revision. */
const patienceMillis = 10_000;

/**
 * A client that only listens: it subscribes to the server's protocol logging and has it recorded. Servers up to 2025-11-25 are told
 * the level once (`logging/setLevel`); from 2026-07-28 on they log for single requests that ask for it, so it goes with each.
 */
export function startTap({ open, recorder, level, call, version, onLog, say }: TapOptions): Tap {
  const waiting = new Map<number, (message: RpcMessage) => void>();
  let nextId = 0;
  let end: (why: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const clientInfo = { name: 'meshscope-tap', version };

  const transport = open({
    onMessage(text) {
      const messages = parseMessages(text);
      recorder.take('server', messages, Buffer.byteLength(text), momentNow(), '');
      for (const message of messages) receive(message);
    },
    onStderr: (line) => recorder.read('stderr', Buffer.from(`${line}\n`), momentNow()),
    onTrouble: say,
    onEnd: (why) => end(why),
  });

  function receive(message: RpcMessage): void {
    if (message.kind === 'notification' && message.method === 'notifications/message') {
      const { level: said, logger, data } = message.params;
      onLog(typeof said === 'string' ? said : 'info', typeof logger === 'string' ? logger : undefined, data);
    } else if (message.kind === 'request') {
      const answer = message.method === 'ping' ? { result: {} } : { error: { code: -32601, message: 'this client only listens' } };
      send({ jsonrpc: '2.0', id: message.id, ...answer }).catch((error: Error) => end(error.message));
    } else if ((message.kind === 'result' || message.kind === 'error') && typeof message.id === 'number') {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  }

  async function send(message: RpcObject): Promise<void> {
    const text = JSON.stringify(message);
    recorder.take('client', parseMessages(text), Buffer.byteLength(text), momentNow(), '');
    await transport.send(text);
  }

  async function ask(method: string, params: RpcObject): Promise<RpcMessage> {
    const id = nextId++;
    const answer = new Promise<RpcMessage>((resolve, reject) => {
      waiting.set(id, resolve);
      setTimeout(() => reject(new Error(`the server does not answer ${method}`)), patienceMillis).unref();
    });
    await send({ jsonrpc: '2.0', id, method, params });
    return answer;
  }

  const envelope = {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': modernVersion,
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/logLevel': level,
    },
  };

  async function run(): Promise<void> {
    const hello = await ask('initialize', { protocolVersion: legacyVersion, capabilities: {}, clientInfo });
    const isLegacy = hello.kind === 'result';
    if (isLegacy) {
      const { capabilities, protocolVersion } = objectOf(hello.result);
      transport.listen(typeof protocolVersion === 'string' ? protocolVersion : legacyVersion);
      await send({ jsonrpc: '2.0', method: 'notifications/initialized' });
      if (isObject(objectOf(capabilities).logging)) {
        const set = await ask('logging/setLevel', { level });
        say(set.kind === 'error' ? `the server refuses level ${level}: ${set.message}` : `the server logs from ${level} on`);
      } else say('the server declares no logging; its standard error is recorded');
    } else {
      const answer = await ask('server/discover', envelope);
      if (answer.kind !== 'result') throw new Error('the server knows neither initialize nor server/discover');
      say('this server logs for single requests only (2026-07-28): name one with --call');
    }
    if (call === undefined) return;
    const answer = await ask('tools/call', { ...call, ...(isLegacy ? {} : envelope) });
    if (answer.kind === 'error') say(`${call.name}: ${answer.message}`);
  }

  run().catch((error: Error) => {
    end(error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message);
    transport.close();
  });
  return { ended, close: transport.close };
}
