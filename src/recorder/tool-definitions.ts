import { createHash } from 'node:crypto';
import type { CallRecord } from './call-record.ts';
import { jsonText, objectOf } from './json-rpc.ts';
import type { ContentPolicy } from './redact.ts';

/** What a list of tools said of one tool. */
export type ToolDefinition = Readonly<{
  name: string;
  /** Of its JSON text, as the server wrote it. */
  sha256: string;
  /** Undefined when contents of the tool are not kept, or when it is too long. */
  text: string | undefined;
}>;

/** Of a longer list the rest is not looked at. */
const maxTools = 500;
const maxName = 200;

/**
 * The definitions in the answer to `tools/list`; undefined for another call. They are what a server publishes and not what somebody said, so nothing
 * in them is redacted.
 */
export function toolDefinitions(
  { method, from, result }: Pick<CallRecord, 'method' | 'from' | 'result'>,
  policy: (tool: string) => ContentPolicy,
  maxBytes: number,
): readonly ToolDefinition[] | undefined {
  if (method !== 'tools/list' || from !== 'client') return undefined;
  const { tools } = objectOf(result);
  if (!Array.isArray(tools)) return undefined;
  return tools.slice(0, maxTools).flatMap((tool): readonly ToolDefinition[] => {
    const { name } = objectOf(tool);
    const text = typeof name === 'string' && name.length <= maxName ? jsonText(tool) : undefined;
    if (typeof name !== 'string' || text === undefined) return [];
    const isKept = policy(name) !== 'off' && Buffer.byteLength(text) <= maxBytes;
    return [{ name, sha256: createHash('sha256').update(text).digest('hex'), text: isKept ? text : undefined }];
  });
}

/** Of the log record: `<sha256> <name>`, one text each, because search takes lists of objects apart. */
export const definitionMarks = (definitions: readonly ToolDefinition[] | undefined): readonly string[] | undefined =>
  definitions?.map(({ name, sha256 }) => `${sha256} ${name}`);
