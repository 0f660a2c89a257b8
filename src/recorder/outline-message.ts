import type { RawFrame } from './frame-splitter.ts';
import type { RpcId, RpcMessage } from './json-rpc.ts';

const id = String.raw`("(?:[^"\\]|\\.)*"|-?\d+)`;
const rpcVersion = String.raw`"jsonrpc"\s*:\s*"2\.0"`;

/** Members of the message itself, never of what is nested in it: those before its first nested value, and those behind the last. */
const idAtBegin = new RegExp(String.raw`^\s*\{\s*(?:${rpcVersion}\s*,\s*)?"id"\s*:\s*${id}\s*,`);
const idAtEnd = new RegExp(String.raw`,\s*"id"\s*:\s*${id}\s*(?:,\s*${rpcVersion}\s*)?\}\s*$`);
const method = new RegExp(String.raw`^\s*\{\s*(?:(?:${rpcVersion}|"id"\s*:\s*${id})\s*,\s*){0,2}"method"\s*:\s*"([\w/$-]+)"`);
const name = /"params"\s*:\s*\{\s*"(?:name|uri)"\s*:\s*("(?:[^"\\]|\\.)*")/;

/**
 * What can be told of a message that is too long to be read: which call it asks or answers. Empty when it cannot be told, as for
 * batches. Whether a long answer is a failure is not looked at.
 */
export function outlineMessage({ head, tail }: Pick<RawFrame, 'head' | 'tail'>): readonly RpcMessage[] {
  const begin = head.subarray(0, 4096).toString('utf8');
  const idText = (idAtBegin.exec(begin) ?? idAtEnd.exec(tail.toString('utf8')))?.[1];
  if (idText === undefined) return [];
  const rpcId = JSON.parse(idText) as RpcId;
  const asked = method.exec(begin)?.[2];
  if (asked === undefined) return [{ kind: 'result', id: rpcId, result: undefined, unread: true }];
  const target = name.exec(begin)?.[1];
  const params = target === undefined ? {} : { [asked.startsWith('resources/') ? 'uri' : 'name']: JSON.parse(target) as unknown };
  return [{ kind: 'request', id: rpcId, method: asked, params }];
}
