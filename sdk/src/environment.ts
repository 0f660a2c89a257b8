/** A variable of the environment; empty counts as not set. The only place of the package that reads it. */
export const environment = (name: string): string | undefined => process.env[name] || undefined;

let conversation: string | undefined;

/**
 * Under what name a recorder that has started this program (`meshscope wrap`) knows their conversation. The variable is taken away: programs that are
 * started from here have conversations of their own.
 */
export function recordedConversation(): string | undefined {
  conversation ??= environment('MESHSCOPE_CONVERSATION');
  delete process.env.MESHSCOPE_CONVERSATION;
  return conversation;
}

/** Where records go when the program does not say: the collector on its default port. */
export const collectorUrl = (): string => environment('MESHSCOPE_URL') ?? 'http://127.0.0.1:8000';

/** `1`, `true`, `yes` and `on`, as MCP Mesh's agents read their switches. */
export const isSwitchedOn = (name: string): boolean => /^(?:1|true|yes|on)$/i.test(environment(name) ?? '');
