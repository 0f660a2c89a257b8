import { readFileSync } from 'node:fs';
import { type ContentRules, parseContentRules } from './content-rules.ts';
import { objectOf } from './json-rpc.ts';

/** `audit`: see `parseAuditedTools`; undefined when the file does not say. */
export type RecorderFile = Readonly<{ content: ContentRules; audit: string | undefined }>;

const nothing: RecorderFile = { content: [], audit: undefined };

/** A file that cannot be read may have forbidden contents. */
const unreadable: RecorderFile = { content: [['*', 'off']], audit: undefined };

/**
 * Reads `{"content": "redacted,weather/get_*=full", "audit": "delete_*"}`. Never throws: the user's server has to start. Of a file that is there
 * but cannot be read follows that no contents are kept, and `say` gets a line.
 */
export function readRecorderFile(path: string, say: (line: string) => void): RecorderFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return nothing;
    say(`no contents are kept, because ${path} cannot be read: ${message}`);
    return unreadable;
  }
  try {
    const value = JSON.parse(text) as unknown;
    const { content, audit, ...others } = objectOf(value);
    const rules = content === undefined ? [] : typeof content === 'string' ? parseContentRules(content) : undefined;
    const isRight = objectOf(value) === value && Object.keys(others).length === 0 && (audit === undefined || typeof audit === 'string');
    if (rules !== undefined && isRight) return { content: rules, audit: audit as string | undefined };
  } catch {
    // No JSON; said below.
  }
  say(`no contents are kept, because ${path} is not like {"content": "redacted,weather/get_*=full", "audit": "delete_*"}`);
  return unreadable;
}
