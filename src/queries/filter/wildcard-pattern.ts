/** `*` any characters, `?` one character, backslash takes the meaning from the next character. */
export type WildcardPart = Readonly<{ kind: 'any' | 'one' }> | Readonly<{ kind: 'text'; text: string }>;

export function parseWildcard(pattern: string): WildcardPart[] {
  const parts: WildcardPart[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] as string;
    if (char === '\\' && at + 1 < pattern.length) {
      at += 1;
      text += pattern[at] as string;
    } else if (char === '*' || char === '?') {
      flush();
      if (char === '?' || parts.at(-1)?.kind !== 'any') parts.push({ kind: char === '*' ? 'any' : 'one' });
    } else {
      text += char;
    }
  }
  flush();
  return parts;
}

/** The pattern for SQL's LIKE, before it is quoted. */
export function likePattern(parts: readonly WildcardPart[]): string {
  const sign = { any: '%', one: '_' } as const;
  return parts.map((part) => (part.kind === 'text' ? part.text.replace(/[\\%_]/g, '\\$&') : sign[part.kind])).join('');
}

/** The longest text that every match contains. */
export function longestText(parts: readonly WildcardPart[]): string {
  return parts.reduce((longest, part) => (part.kind === 'text' && part.text.length > longest.length ? part.text : longest), '');
}
