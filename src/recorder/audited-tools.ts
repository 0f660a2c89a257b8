import { fitsTool } from './name-pattern.ts';

const all = /^(?:\*|1|on|true|yes|all)?$/i;
const none = /^(?:0|off|false|no|none)$/i;

/** Reads `on`, `off` or a list of patterns of tools such as `delete_*,bank/*`. */
export function parseAuditedTools(text: string): readonly string[] {
  const value = text.trim();
  if (all.test(value)) return ['*'];
  if (none.test(value)) return [];
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export const auditedTools =
  (patterns: readonly string[], server: string) =>
  (tool: string): boolean =>
    patterns.some((pattern) => fitsTool(pattern, server, tool));
