/** What of the page's address a saved search keeps; the time only as it was said (`now-1h`). */
export const savedNames = ['q', 'lang', 'from', 'to', 'index', 'cols', 'facets', 'order', 'wrap', 'tab'] as const;

export type SavedState = Readonly<Partial<Record<(typeof savedNames)[number], string>>>;

export function stateToSave(parameters: URLSearchParams): SavedState {
  return Object.fromEntries(savedNames.flatMap((name) => (parameters.has(name) ? [[name, parameters.get(name) as string]] : [])));
}

/** All names, so that what the saved search does not say is as at the start. Values that are no texts are left out. */
export const stateToSet = (content: Readonly<Record<string, unknown>>): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(savedNames.map((name) => [name, typeof content[name] === 'string' ? content[name] : undefined]));

/** Letters and digits of the title, and what makes it unique. */
export const idOf = (title: string, unique: string): string =>
  `${title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)}-${unique}`.replace(/^-/, '');
