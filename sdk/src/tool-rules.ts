/** What is kept of arguments and results. */
export type ContentPolicy = 'off' | 'redacted' | 'full';

/** One for all tools, or a list such as `off,weather/get_*=full`. */
export type ContentRules = ContentPolicy | `${string}${'=' | ','}${ContentPolicy}`;

/** A decision about a tool of a server. */
export type ToolRule<T> = (server: string, tool: string) => T;

/** `*` stands for any characters. In linear time for each `*`, whatever a stranger sends. */
function fitsPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** A pattern names a tool, or a server and a tool: `weather/get_*`. */
const fitsTool = (pattern: string, server: string, tool: string): boolean =>
  fitsPattern(pattern, tool) || (pattern.includes('/') && fitsPattern(pattern, `${server}/${tool}`));

type Rule = readonly [pattern: string, policy: ContentPolicy];

const isPolicy = (text: string): text is ContentPolicy => text === 'off' || text === 'redacted' || text === 'full';

function parseContents(text: string): readonly Rule[] | undefined {
  const rules: Rule[] = [];
  for (const part of text.split(',').map((one) => one.trim())) {
    const at = part.lastIndexOf('=');
    const policy = part.slice(at + 1);
    if (at === 0 || !isPolicy(policy)) return undefined;
    rules.push([at === -1 ? '*' : part.slice(0, at).trim(), policy]);
  }
  return rules;
}

/**
 * `redacted`, or rules such as `off,weather/get_*=full`, of which the last that fits counts; those of the program after those of the environment.
 * What the environment says wrongly is left out: it must not stop somebody's server.
 *
 * @throws TypeError when the program says it wrongly.
 */
export function contentRules(said: string | undefined, environment: string | undefined): ToolRule<ContentPolicy> {
  const own = said === undefined ? [] : parseContents(said);
  if (own === undefined) throw new TypeError(`contents must be off, redacted or full, or like off,weather/get_*=full; not ${said}`);
  const rules = [...((environment === undefined ? [] : parseContents(environment)) ?? []), ...own];
  return (server, tool) => rules.findLast(([pattern]) => fitsTool(pattern, server, tool))?.[1] ?? 'off';
}

/** `true`, `false`, or patterns of tools; the program's word counts before the environment's, which may be `on`, `off` or a list with commas. */
export function auditRules(said: boolean | readonly string[] | undefined, environment: string | undefined): ToolRule<boolean> {
  const patterns = said === undefined ? patternsOf(environment) : typeof said === 'boolean' ? (said ? ['*'] : []) : said;
  return (server, tool) => patterns.some((pattern) => fitsTool(pattern, server, tool));
}

function patternsOf(text: string | undefined): readonly string[] {
  if (text === undefined || /^(?:0|off|false|no|none)$/i.test(text)) return [];
  if (/^(?:\*|1|on|true|yes|all)$/i.test(text)) return ['*'];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
