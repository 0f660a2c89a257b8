/** Whether a text fits a pattern, in which `*` stands for any characters. In linear time for each `*`, whatever a stranger sends. */
export function fitsPattern(pattern: string, text: string): boolean {
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

/** A pattern names a tool, or a server and a tool (`weather/get_*`). Names may hold slashes themselves. */
export const fitsTool = (pattern: string, server: string, tool: string): boolean =>
  fitsPattern(pattern, tool) || (pattern.includes('/') && fitsPattern(pattern, `${server}/${tool}`));
