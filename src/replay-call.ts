import type { AuditLog } from './audit/audit-log.ts';
import { isLoopback } from './config/loopback.ts';
import type { Config } from './config/schema.ts';
import { AppError } from './lib/errors.ts';
import { version } from './lib/version.ts';
import { objectOf, parseMessages, type RpcMessage, type RpcObject } from './recorder/json-rpc.ts';
import { openHttp } from './recorder/tap-http.ts';
import type { TapTransport } from './recorder/tap-transport.ts';
import type { ApiRoute } from './surfaces/http/api-route.ts';
import { type ReplayPort, replayRoutes } from './surfaces/replay/replay-routes.ts';

const legacyVersion = '2025-11-25';
const modernVersion = '2026-07-28';
const timeoutMillis = 60_000;

/** Sends one request to an MCP server over HTTP, as a client of either era would: after `initialize`, or with what the modern revision wants of each request. */
function createReplay(ownVersion: string): ReplayPort {
  return async ({ url, method, params }, signal) => {
    const clientInfo = { name: 'meshscope-replay', version: ownVersion };
    const waiting = new Map<number, (message: RpcMessage) => void>();
    let nextId = 0;
    let fail: (error: Error) => void = () => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const transport: TapTransport = openHttp(
      url,
      {},
      {
        onMessage(text) {
          for (const message of parseMessages(text)) {
            if ((message.kind === 'result' || message.kind === 'error') && typeof message.id === 'number')
              waiting.get(message.id)?.(message);
            else if (message.kind === 'request') {
              const refusal = { jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'A replay answers no requests.' } };
              transport.send(JSON.stringify(refusal)).catch(fail);
            }
          }
        },
        onStderr: () => undefined,
        onTrouble: () => undefined,
        onEnd: (why) => fail(new Error(why)),
      },
    );
    const send = (message: RpcObject) => transport.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
    const ask = async (name: string, given: RpcObject): Promise<RpcMessage> => {
      const id = nextId++;
      const answer = new Promise<RpcMessage>((resolve) => waiting.set(id, resolve));
      await send({ id, method: name, params: given });
      return answer;
    };
    const converse = async (): Promise<Readonly<{ answer: RpcMessage; tookMillis: number }>> => {
      const hello = await ask('initialize', { protocolVersion: legacyVersion, capabilities: {}, clientInfo });
      const isLegacy = hello.kind === 'result';
      if (isLegacy) {
        const agreed = objectOf(hello.result).protocolVersion;
        transport.listen(typeof agreed === 'string' ? agreed : legacyVersion);
        await send({ method: 'notifications/initialized' });
      }
      const meta = {
        'io.modelcontextprotocol/protocolVersion': modernVersion,
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': clientInfo,
      };
      const started = performance.now();
      const answer = await ask(method, isLegacy ? params : { ...params, _meta: meta });
      return { answer, tookMillis: performance.now() - started };
    };
    const gone = () => fail(new Error('the caller has gone away'));
    signal.addEventListener('abort', gone, { once: true });
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMillis / 1000} s`)), timeoutMillis);
    try {
      const { answer, tookMillis } = await Promise.race([converse(), ended]);
      if (answer.kind === 'result') return { result: answer.result, tookMillis };
      if (answer.kind === 'error') return { error: { code: answer.code, message: answer.message, data: answer.data }, tookMillis };
      throw new Error('the answer is no JSON-RPC message');
    } catch (cause) {
      const reason =
        cause instanceof Error && cause.cause instanceof Error
          ? `${cause.message}: ${cause.cause.message}`
          : String((cause as Error).message);
      throw new AppError('bad_request', `The server at ${new URL(url).origin} did not answer the call: ${reason}.`, { cause });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
      transport.close();
    }
  };
}

/** Replays, where they are allowed: what can be reached from elsewhere must not call what only this machine reaches. */
export function createReplayRoutes({ http, mcp }: Pick<Config, 'http' | 'mcp'>, log: Pick<AuditLog, 'append'>): readonly ApiRoute[] {
  const refusal = !mcp.replay
    ? 'Replays are switched off (mcp.replay).'
    : isLoopback(http.host)
      ? undefined
      : 'Replays need a server that listens on a loopback address: http.host can be reached from elsewhere.';
  const audit = ({ url, method, name }: Readonly<{ url: string; method: string; name: string }>) =>
    log.append([{ actor: 'web page', action: 'replay', resource: `${method} ${name}`, result: 'sent', details: { url } }]);
  return replayRoutes(createReplay(version()), audit, refusal);
}
