import type { Call } from './call.ts';
import { membersOf } from './mcp-message.ts';

const lists = new Set(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']);

/** Bytes of what a server lists: its definitions, which stand in front of a model all the time. Pages of a list are added up. */
export class DefinitionBytes {
  private readonly pages = new Map<string, number>();

  /** Of the whole list, when this answer ends it and the pages before it are known. */
  answered(call: Call, answer: Readonly<{ result?: unknown }>): number | undefined {
    if (!lists.has(call.method) || answer.result === undefined) return undefined;
    const isFirst = call.params.cursor === undefined;
    const before = isFirst ? 0 : this.pages.get(call.method);
    if (before === undefined) return undefined;
    // Lists are rare, so printing one a second time is cheap.
    const bytes = before + Buffer.byteLength(JSON.stringify(answer));
    this.pages.set(call.method, bytes);
    return membersOf(answer.result).nextCursor === undefined ? bytes : undefined;
  }
}
