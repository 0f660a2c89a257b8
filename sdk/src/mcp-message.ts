/** A JSON-RPC message as MCP's SDKs hand it to a transport. Everything is unknown until looked at. */
export type Message = Readonly<{ jsonrpc?: unknown; id?: unknown; method?: unknown; params?: unknown; result?: unknown; error?: unknown }>;

export type Members = Readonly<Record<string, unknown>>;

const none: Members = Object.freeze({});

export const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : none);
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export type RequestId = string | number;
export const isRequestId = (id: unknown): id is RequestId => typeof id === 'string' || typeof id === 'number';

/** `1` and `"1"` are different requests. */
export const requestKey = (id: RequestId): string => `${typeof id} ${id}`;

export const metaOf = (message: Message): Members => membersOf(membersOf(message.params)._meta);

/** Tool, prompt or resource that a request is about. */
export function targetOf(method: string, params: Members): string | undefined {
  if (method === 'tools/call' || method === 'prompts/get') return textOf(params.name)?.slice(0, 256);
  return method.startsWith('resources/') ? textOf(params.uri)?.slice(0, 1024) : undefined;
}

/** Reserved members of `_meta` in the modern era (2026-07-28). */
export const modernMeta = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
} as const;
