/** What is being typed where the cursor stands, in Lucene and KQL alike. */
export type Typing =
  | Readonly<{ what: 'field'; start: number; text: string }>
  | Readonly<{ what: 'value'; start: number; text: string; field: string }>;

/** `undefined` inside a finished quoted value, or where nothing can be completed. */
export function typingAt(query: string, cursor: number): Typing | undefined {
  const before = query.slice(0, cursor);
  const value = /(?:^|[\s(])(?:NOT\s+|[-+!])?((?:\\.|[^\s:"()\\])+):\s?("(?:\\.|[^"\\])*|[^\s"()]*)$/.exec(before);
  if (value !== null) {
    const [, field, typed] = value as unknown as readonly [string, string, string];
    const text = typed.replace(/^"/, '').replace(/\\(.)/g, '$1');
    return { what: 'value', start: before.length - typed.length, text, field: field.replace(/\\(.)/g, '$1') };
  }
  const word = /(?:^|[\s(])([-+!]?)([^\s:"()]*)$/.exec(before);
  if (word === null || (before.split('"').length - 1) % 2 === 1) return undefined;
  const text = word[2] as string;
  return { what: 'field', start: before.length - text.length, text };
}

/** The query with what was typed replaced, and where the cursor then stands. */
export function complete(query: string, cursor: number, typing: Typing, chosen: string): Readonly<{ query: string; cursor: number }> {
  const isPlain = /^[\w.@/-]+$/.test(chosen);
  const inserted =
    typing.what === 'field'
      ? `${chosen.replace(/[\s:\\"()]/g, '\\$&')}:`
      : `${isPlain ? chosen : `"${chosen.replace(/[\\"]/g, '\\$&')}"`} `;
  const after = query.slice(cursor).replace(typing.what === 'value' ? /^[^\s()]*\s?/ : /^[^\s:()]*:?/, '');
  return { query: query.slice(0, typing.start) + inserted + after, cursor: typing.start + inserted.length };
}
