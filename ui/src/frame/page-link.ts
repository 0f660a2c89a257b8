/** What belongs to one page or one look alone and does not carry over. */
const carried = ['from', 'to', 'refresh', 'tz', 'q', 'lang'];

/** The address (below `/ui`) of another page with the same time and search, and parameters of its own. */
export function pageLink(path: string, search: string, own: Readonly<Record<string, string>> = {}): string {
  const before = new URLSearchParams(search);
  const kept = carried.flatMap((name) => (before.has(name) ? [[name, before.get(name) as string]] : []));
  const all = new URLSearchParams([...kept.filter(([name]) => !((name as string) in own)), ...Object.entries(own)]).toString();
  return all === '' ? path : `${path}?${all}`;
}
