import { matchingNames, type Suggestion } from '../../components/suggestion.ts';

/** What is being typed where the cursor stands. */
export type Typing = Readonly<{ what: 'field' | 'value'; start: number; text: string; field: string }>;

/** `undefined` where nothing can be completed: outside of braces, or within a finished text. */
export function typingAt(query: string, cursor: number): Typing | undefined {
  const before = query.slice(0, cursor);
  const outside = before.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, (text) => ' '.repeat(text.length));
  if (outside.lastIndexOf('{') <= outside.lastIndexOf('}')) return undefined;
  const value = /([\w.:-]+|[\w.]*"(?:[^"\\]|\\.)*")\s*(?:=~|!~|!=|>=|<=|=|>|<)\s*("(?:[^"\\]|\\.)*|[^\s"{}()|&]*)$/.exec(before);
  if (value !== null) {
    const [, field, typed] = value as unknown as readonly [string, string, string];
    return { what: 'value', start: before.length - typed.length, text: typed.replace(/^"/, '').replace(/\\(.)/g, '$1'), field };
  }
  const field = /(?:[{(!]|&&|\|\|)\s*([\w.:-]*)$/.exec(outside);
  if (field === null) return undefined;
  const text = field[1] as string;
  return { what: 'field', start: before.length - text.length, text, field: '' };
}

export type TagNames = Readonly<{
  intrinsic: readonly string[];
  mesh: readonly string[];
  span: readonly string[];
  resource: readonly string[];
}>;

const plainName = /^[A-Za-z_][\w.-]*$/;
const scoped = (scope: string, name: string) => `${scope}.${plainName.test(name) ? name : JSON.stringify(name)}`;

/** What people ask for most stands first. */
const usual = ['name', 'status', 'duration', 'traceDuration', 'resource.service.name', 'kind', 'statusMessage'];

/** Every field by the name that TraceQL has for it. */
export function fieldNames({ intrinsic, mesh, span, resource }: TagNames): readonly string[] {
  return [
    ...new Set([
      ...usual,
      ...span.map((name) => scoped('span', name)),
      ...resource.map((name) => scoped('resource', name)),
      ...mesh.map((name) => `.${name}`),
      ...intrinsic,
    ]),
  ];
}

export const suggestedFields = (names: readonly string[], typed: string): readonly Suggestion[] =>
  matchingNames(names, typed).map((name) => ({ shown: name, inserted: `${name} = ` }));

export type TagValue = Readonly<{ value: string | number | boolean; type: string }>;

/** Texts in quotes, everything else bare. */
export const suggestedValues = (values: readonly TagValue[], typed: string): readonly Suggestion[] =>
  values
    .filter(({ value }) => String(value).toLowerCase().includes(typed.toLowerCase()))
    .map(({ value, type }) => ({ shown: String(value), inserted: `${type === 'string' ? JSON.stringify(value) : value} ` }));

/** The query with what was typed replaced, and where the cursor then stands. */
export function complete(query: string, cursor: number, { start, what }: Typing, inserted: string) {
  const rest = query.slice(cursor).replace(what === 'value' ? /^[^\s"{}()|&]*"?\s?/ : /^[\w.:-]*\s?/, '');
  const before = query.slice(0, start);
  return { query: before + inserted + rest, cursor: before.length + inserted.length };
}
