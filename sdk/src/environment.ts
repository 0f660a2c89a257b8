/** A variable of the environment; empty counts as not set. The only place of the package that reads it. */
export const environment = (name: string): string | undefined => process.env[name] || undefined;

/** Where records go when the program does not say: the collector on its default port. */
export const collectorUrl = (): string => environment('MESHSCOPE_URL') ?? 'http://127.0.0.1:8000';

/** `1`, `true`, `yes` and `on`, as MCP Mesh's agents read their switches. */
export const isSwitchedOn = (name: string): boolean => /^(?:1|true|yes|on)$/i.test(environment(name) ?? '');
