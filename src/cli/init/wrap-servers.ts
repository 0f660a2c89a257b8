import { type JsonNode, readJsonText } from './json-text.ts';

/** What happens to one server of a configuration. */
export type ServerChange = Readonly<{
  server: string;
  /** `remote`: it is reached over HTTP, which `proxy` is for. `unknown`: its entry has a form that is not understood. */
  state: 'changed' | 'already' | 'remote' | 'unknown' | 'left-out';
}>;

export type ConfigurationChange = Readonly<{ text: string; servers: readonly ServerChange[] }>;

export type WrapRequest = Readonly<{
  /** Where the servers stand; `*` is any member. */
  places: readonly (readonly string[])[];
  /** The words that start the wrapper, before its own flags. */
  launcher: readonly string[];
  undo: boolean;
  /** Only this server. */
  only: string | undefined;
}>;

type Edit = Readonly<{ start: number; end: number; text: string }>;

/** Puts the wrapper in front of the servers of a configuration, or takes it away; undefined when the text cannot be read. */
export function wrapServers(text: string, { places, launcher, undo, only }: WrapRequest): ConfigurationChange | undefined {
  const root = readJsonText(text);
  if (root === undefined) return undefined;
  const edits: Edit[] = [];
  const servers: ServerChange[] = [];
  for (const [server, entry] of places.flatMap((place) => serversAt(root, place))) {
    const words = wordsOf(entry);
    if (typeof words === 'string') servers.push({ server, state: words });
    else if (only !== undefined && only !== server) servers.push({ server, state: 'left-out' });
    else if (isOwn(words)) servers.push({ server, state: 'left-out' });
    else if (isWrapped(words) !== undo) servers.push({ server, state: 'already' });
    else {
      edits.push(...(undo ? unwrapEdits(text, words) : wrapEdits(words, [...launcher, '--name', server, '--'])));
      servers.push({ server, state: 'changed' });
    }
  }
  const changed = edits
    .toSorted((left, right) => right.start - left.start)
    .reduce((whole, edit) => whole.slice(0, edit.start) + edit.text + whole.slice(edit.end), text);
  return { text: changed, servers };
}

function serversAt(node: JsonNode, [name, ...rest]: readonly string[]): readonly (readonly [string, JsonNode])[] {
  if (node.kind !== 'object') return [];
  if (name === undefined) return [...node.members];
  const inner = name === '*' ? [...node.members.values()] : [node.members.get(name)];
  return inner.flatMap((member) => (member === undefined ? [] : serversAt(member, rest)));
}

type StringNode = Extract<JsonNode, { kind: 'string' }>;
type Words = Readonly<{ command: StringNode; args: Extract<JsonNode, { kind: 'array' }> | undefined; items: readonly StringNode[] }>;

function wordsOf(entry: JsonNode): Words | 'remote' | 'unknown' {
  if (entry.kind !== 'object') return 'unknown';
  const { members } = entry;
  const command = members.get('command');
  const args = members.get('args');
  if (command === undefined) return members.has('url') || members.has('serverUrl') || members.has('httpUrl') ? 'remote' : 'unknown';
  if (command.kind !== 'string' || (args !== undefined && args.kind !== 'array')) return 'unknown';
  const items = args?.items.filter((item) => item.kind === 'string') ?? [];
  return items.length === (args?.items.length ?? 0) ? { command, args, items } : 'unknown';
}

/** The wrapper's own words end at `--`. */
function isWrapped({ command, items }: Words): boolean {
  const end = items.findIndex(({ value }) => value === '--');
  return (
    end !== -1 &&
    end + 1 < items.length &&
    [command, ...items.slice(0, end)].some(({ value }) => /(?:^|[\\/@])meshscope(?:[-/\\.]|$)/.test(value))
  );
}

/** Our own MCP server: what agents ask us is no traffic to watch. */
function isOwn({ command, items }: Words): boolean {
  const words = [command, ...items].map(({ value }) => value);
  const at = words.findIndex((word) => /(?:^|[\\/@])meshscope(?:[-/\\.@]|$)/.test(word));
  return at !== -1 && words[at + 1] === 'mcp';
}

/** New words go in front of the others, so that these keep their form. */
function wrapEdits({ command, args, items }: Words, [program, ...flags]: readonly string[]): readonly Edit[] {
  const words = [...flags, command.value].map((word) => JSON.stringify(word)).join(', ');
  const replaced = { start: command.start, end: command.end, text: JSON.stringify(program) };
  if (args === undefined) return [{ ...replaced, text: `${replaced.text}, "args": [${words}]` }];
  return [replaced, { start: args.start + 1, end: args.start + 1, text: items.length === 0 ? words : `${words}, ` }];
}

function unwrapEdits(text: string, { command, args, items }: Words): readonly Edit[] {
  const original = items[items.findIndex(({ value }) => value === '--') + 1];
  if (original === undefined || args === undefined) return [];
  const separator = /^,? ?/.exec(text.slice(original.end))?.[0] ?? '';
  return [
    { start: command.start, end: command.end, text: JSON.stringify(original.value) },
    { start: args.start + 1, end: original.end + separator.length, text: '' },
  ];
}
