/** A JSON-RPC 2.0 message as far as a recorder looks at it. */
export type RpcId = string | number;

export type RpcMessage =
  | Readonly<{ kind: 'request'; id: RpcId; method: string; params: RpcObject }>
  | Readonly<{ kind: 'notification'; method: string; params: RpcObject }>
  | Readonly<{ kind: 'result'; id: RpcId; result: unknown /** Too long to be read. */; unread?: true }>
  | Readonly<{ kind: 'error'; id: RpcId | undefined; code: number; message: string; data: unknown }>
  | Readonly<{ kind: 'invalid'; reason: string }>;

export type RpcObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is RpcObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: unknown): RpcObject => (isObject(value) ? value : {});

const isId = (value: unknown): value is RpcId => typeof value === 'string' || typeof value === 'number';

/** The messages of one line: several when it is a batch (MCP 2025-03-26). Never throws. */
export function parseMessages(text: string): readonly RpcMessage[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ kind: 'invalid', reason: 'no JSON' }];
  }
  if (!Array.isArray(value)) return [classify(value)];
  return value.length === 0 ? [{ kind: 'invalid', reason: 'an empty batch' }] : value.map(classify);
}

function classify(value: unknown): RpcMessage {
  if (!isObject(value)) return { kind: 'invalid', reason: 'no JSON-RPC message' };
  const { id, method, params, error } = value;
  if (typeof method === 'string') {
    return isId(id)
      ? { kind: 'request', id, method, params: objectOf(params) }
      : { kind: 'notification', method, params: objectOf(params) };
  }
  if (isObject(error)) {
    return {
      kind: 'error',
      id: isId(id) ? id : undefined,
      code: typeof error.code === 'number' ? error.code : 0,
      message: typeof error.message === 'string' ? error.message : '',
      data: error.data,
    };
  }
  if (isId(id) && 'result' in value) return { kind: 'result', id, result: value.result };
  return { kind: 'invalid', reason: 'neither a request nor an answer' };
}

/** Ids are compared with their type: `1` and `"1"` are two requests. */
export const idKey = (id: RpcId): string => `${typeof id === 'number' ? 'n' : 's'}${id}`;

/** JSON text, or undefined for what has none: nothing, or a value that is nested too deep to be printed. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
