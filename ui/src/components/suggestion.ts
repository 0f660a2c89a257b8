/** `shown` is what people read, `inserted` what the completer of the language is given. */
export type Suggestion = Readonly<{ shown: string; inserted: string }>;

export const mostSuggestions = 12;

/** Names that begin with what is typed first, then those that have it in them. */
export function matchingNames(names: readonly string[], typed: string): readonly string[] {
  const wanted = typed.toLowerCase();
  const starting = names.filter((name) => name.toLowerCase().startsWith(wanted));
  const containing = names.filter((name) => !name.toLowerCase().startsWith(wanted) && name.toLowerCase().includes(wanted));
  return [...starting, ...containing];
}
