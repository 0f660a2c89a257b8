import type { Ending } from './outcome.ts';

const maxNames = 500;

/** Names that may be labels of metrics. They are what a caller sends, so only those count that the server knows. */
export class ToolNames {
  private readonly known = new Set<string>();

  /** Names of a `tools/list` or `prompts/list`. */
  learn(list: unknown): void {
    if (!Array.isArray(list)) return;
    for (const item of list.slice(0, maxNames)) this.add((item as { name?: unknown } | null)?.name);
  }

  /** The name as a label, or `_OTHER`. */
  label(name: string, ending: Ending): string {
    if (!this.known.has(name) && !saysUnknown(ending)) this.add(name);
    return this.known.has(name) ? name : '_OTHER';
  }

  private add(name: unknown): void {
    if (typeof name === 'string' && name.length <= 128 && this.known.size < maxNames) this.known.add(name);
  }
}

/** The first generation's servers answer an unknown tool with `isError` and the text of the error, the second's with the code. */
const saysUnknown = ({ code, message }: Ending) =>
  code === -32601 || code === -32602 || /-3260[12]|not found|unknown tool/i.test(message ?? '');
