/** What could be read, and what had to be passed over. */
export type TolerantJson = Readonly<{ values: readonly unknown[]; notes: readonly string[] }>;

/**
 * JSON as people keep it: one value, one value a line (NDJSON), with comments, commas too many, or cut off at the end.
 * No values when there is nothing that could be understood.
 */
export function parseTolerantly(text: string): TolerantJson {
  const source = text.replace(/^\uFEFF/, '').trim();
  if (source === '') return { values: [], notes: [] };
  const whole = parsed(source);
  if (whole !== undefined) return { values: [whole.value], notes: [] };
  const lines = source.split(/\r?\n/).filter((line) => line.trim() !== '');
  const read = lines.map(parsed);
  const good = read.flatMap((one) => (one === undefined ? [] : [one.value]));
  // Lines of one object printed prettily are no values, or texts and numbers alone.
  if (good.length > 0 && good.length * 2 > lines.length && good.every((one) => typeof one === 'object' && one !== null)) {
    const bad = read.flatMap((one, at) => (one === undefined ? [at + 1] : []));
    return { values: good, notes: bad.length === 0 ? [] : [`Lines that are no JSON: ${bad.slice(0, 20).join(', ')}.`] };
  }
  const { clean, closed } = repaired(source);
  const fixed = parsed(clean);
  if (fixed !== undefined) return { values: [fixed.value], notes: [] };
  const short = parsed(closed);
  if (short === undefined) return { values: [], notes: [] };
  return { values: [short.value], notes: ['The text is cut off: what should have come behind it is missing here, too.'] };
}

function parsed(text: string): Readonly<{ value: unknown }> | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

const tokenPattern = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[{}[\],]|\s+|[^\s"{}[\],/]+|\//g;

/** Without comments and needless commas; `closed` ends at the last whole object or list, with what was open closed. */
function repaired(source: string): Readonly<{ clean: string; closed: string }> {
  const parts: string[] = [];
  const open: string[] = [];
  let safe = { length: 0, depth: 0 };
  for (const [token] of source.matchAll(tokenPattern)) {
    if (token.startsWith('//') || token.startsWith('/*') || token.trim() === '') continue;
    const closes = token === '}' || token === ']';
    if (closes && parts.at(-1) === ',') parts.pop();
    parts.push(token);
    if (token === '{' || token === '[') open.push(token === '{' ? '}' : ']');
    if (!closes) continue;
    open.pop();
    safe = { length: parts.length, depth: open.length };
  }
  return { clean: parts.join(' '), closed: parts.slice(0, safe.length).join(' ') + open.slice(0, safe.depth).toReversed().join('') };
}
