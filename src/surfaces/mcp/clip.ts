/** What remains of long values: characters of a text, items of a list, members of an object. */
export type Clip = Readonly<{ characters: number; items: number }>;

/** From generous to terse. The first is used unless not even one entry fits. */
export const clips: readonly Clip[] = [
  { characters: 1000, items: 100 },
  { characters: 300, items: 40 },
  { characters: 100, items: 24 },
  { characters: 40, items: 16 },
];

/** `cut` is called when something is left out. Shapes stay as they are, so what fits a schema still fits it. */
export function clipped(value: unknown, clip: Clip, cut: () => void): unknown {
  if (typeof value === 'string') return clippedText(value, clip.characters, cut);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (value.length > clip.items) cut();
    return value.slice(0, clip.items).map((item) => clipped(item, clip, cut));
  }
  const members = Object.entries(value);
  if (members.length > clip.items) cut();
  return Object.fromEntries(
    members.slice(0, clip.items).map(([key, item]) => [clippedText(key, Math.max(clip.characters, 80), cut), clipped(item, clip, cut)]),
  );
}

export function clippedText(text: string, characters: number, cut: () => void): string {
  if (text.length <= characters) return text;
  cut();
  // A cut in the middle of a pair would leave half a character.
  return `${text
    .slice(0, characters - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}
