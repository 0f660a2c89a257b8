import type { ContentPolicy } from './redact.ts';

/** What is kept of arguments and results, for all tools and for some. */
export type ContentRules = Readonly<{ all: ContentPolicy; tools: readonly (readonly [tool: string, policy: ContentPolicy])[] }>;

const policies: ReadonlySet<string> = new Set<ContentPolicy>(['off', 'redacted', 'full']);

const isPolicy = (text: string | undefined): text is ContentPolicy => text !== undefined && policies.has(text);

/** Reads `redacted` or `off,echo=full,get_key=off`. Undefined when it cannot be read. */
export function parseContentRules(text: string): ContentRules | undefined {
  const [all, ...rest] = text.split(',').map((part) => part.trim());
  if (!isPolicy(all)) return undefined;
  const tools: [string, ContentPolicy][] = [];
  for (const part of rest) {
    const at = part.lastIndexOf('=');
    const policy = part.slice(at + 1);
    if (at < 1 || !isPolicy(policy)) return undefined;
    tools.push([part.slice(0, at), policy]);
  }
  return { all, tools };
}

export function contentPolicies({ all, tools }: ContentRules): (tool: string | undefined) => ContentPolicy {
  const byTool = new Map(tools);
  return (tool) => (tool === undefined ? all : (byTool.get(tool) ?? all));
}
