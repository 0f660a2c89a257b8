/** Distinguishable for colour-blind eyes, 3:1 on both themes' surfaces (after Okabe and Ito, adjusted). */
const palette: readonly string[] = [
  '#3b82c4',
  '#c2701c',
  '#2f9e7f',
  '#b0569c',
  '#8a7a1f',
  '#5b6fd6',
  '#c4524e',
  '#4f8f2f',
  '#8660c9',
  '#1f8fa5',
  '#a3683f',
  '#cf5587',
];

/** The same name has the same colour on every page. */
export function seriesColour(name: string): string {
  let hash = 2166136261;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 16777619);
  // The low bits of such a hash are alike for names that end alike.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return palette[((hash ^ (hash >>> 16)) >>> 0) % palette.length] as string;
}

/** Levels have colours of their own, by their CSS variables. */
export const levelColour = (level: string): string => {
  const name = level.toLowerCase();
  if (name.startsWith('fatal') || name.startsWith('crit') || name.startsWith('emerg') || name.startsWith('alert')) return 'var(--fatal)';
  if (name.startsWith('err')) return 'var(--error)';
  if (name.startsWith('warn')) return 'var(--warning)';
  if (name.startsWith('debug') || name.startsWith('trace')) return 'var(--debug)';
  return 'var(--info)';
};
