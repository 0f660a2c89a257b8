import { fitsTool } from './name-pattern.ts';
import type { ContentPolicy } from './redact.ts';

/** What is kept of arguments and results, by patterns of tools; the last that fits counts. */
export type ContentRules = readonly (readonly [pattern: string, policy: ContentPolicy])[];

const policies: ReadonlySet<string> = new Set<ContentPolicy>(['off', 'redacted', 'full']);

const isPolicy = (text: string | undefined): text is ContentPolicy => text !== undefined && policies.has(text);

const everything = '*';

/** Reads `redacted` or `off,echo=full,weather/get_*=off`. Undefined when it cannot be read. */
export function parseContentRules(text: string): ContentRules | undefined {
  const rules: [string, ContentPolicy][] = [];
  for (const part of text.split(',').map((one) => one.trim())) {
    const at = part.lastIndexOf('=');
    const policy = part.slice(at + 1);
    if (at === 0 || !isPolicy(policy)) return undefined;
    rules.push([at === -1 ? everything : part.slice(0, at).trim(), policy]);
  }
  return rules;
}

/** The policy of a server's tools. Without a tool (logs, prompts): what counts for all tools of the server. */
export function contentPolicies(rules: ContentRules, server: string): (tool: string | undefined) => ContentPolicy {
  // Only a pattern for everything fits a tool with this name.
  const policy = (tool: string) => rules.findLast(([pattern]) => fitsTool(pattern, server, tool))?.[1] ?? 'redacted';
  return (tool) => policy(tool ?? everything);
}
