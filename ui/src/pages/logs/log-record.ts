/** A record as the table holds it: the fields that it shows, not the whole document. */
export type LogRecord = Readonly<{
  /** `<index>/<_id>`: also its id in the drawer. */
  key: string;
  index: string;
  id: string;
  /** Undefined for a record without a time that could be read. */
  timeMillis: number | undefined;
  fields: Readonly<Record<string, readonly unknown[]>>;
  /** By field, with what was found between `mark` and `unmark`. */
  highlight: Readonly<Record<string, string>>;
  /** Its place in the order that was asked for. */
  sort: readonly unknown[];
}>;

export type Hit = Readonly<{
  _index: string;
  _id: string;
  _source?: Readonly<Record<string, unknown>>;
  fields?: Readonly<Record<string, readonly unknown[]>>;
  highlight?: Readonly<Record<string, readonly string[]>>;
  sort?: readonly unknown[];
}>;

export type SearchAnswer = Readonly<{
  timed_out?: boolean;
  hits: Readonly<{ total?: Readonly<{ value: number; relation: string }>; hits: readonly Hit[] }>;
}>;

/** Characters of the private use area: messages do not have them, and no HTML is made of them. */
export const mark = '\uE000';
export const unmark = '\uE001';

export const defaultColumns: readonly string[] = ['timestamp', 'level', 'agent.name', 'msg'];

/** The columns that a text names, `timestamp,msg`; the usual ones when it names none. */
export function columnsOf(text: string): readonly string[] {
  const names = [...new Set(text.split(',').filter(Boolean))];
  return names.length === 0 ? defaultColumns : names;
}

export function recordOf(hit: Hit): LogRecord {
  const time = hit.sort?.[0];
  return {
    key: `${hit._index}/${hit._id}`,
    index: hit._index,
    id: hit._id,
    timeMillis: typeof time === 'number' ? time : timeOf(hit.fields?.timestamp?.[0]),
    fields: hit.fields ?? {},
    highlight: Object.fromEntries(Object.entries(hit.highlight ?? {}).map(([name, parts]) => [name, parts[0] ?? ''])),
    sort: hit.sort ?? [],
  };
}

function timeOf(value: unknown): number | undefined {
  const millis = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis;
}

/** A value as text: objects as JSON, several values with commas. */
export const printValue = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);

export const printValues = (values: readonly unknown[] | undefined): string => (values ?? []).map(printValue).join(', ');

/** `<index>/<_id>`; an index has no slash in its name, an id may. */
export function parseKey(key: string): Readonly<{ index: string; id: string }> | undefined {
  const at = key.indexOf('/');
  return at < 1 || at === key.length - 1 ? undefined : { index: key.slice(0, at), id: key.slice(at + 1) };
}

/** `at`: where the part begins. */
export type TextPart = Readonly<{ text: string; found: boolean; at: number }>;

/** Splits a highlighted text at its marks. Marks that do not pair are dropped. */
export function highlightParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const [number, piece] of text.split(mark).entries()) {
    const end = piece.indexOf(unmark);
    const found = number === 0 || end < 0 ? '' : piece.slice(0, end);
    const rest = (found === '' ? piece : piece.slice(end + 1)).replaceAll(unmark, '');
    if (found !== '') parts.push({ text: found, found: true, at });
    if (rest !== '') parts.push({ text: rest, found: false, at: at + found.length });
    at += found.length + rest.length;
  }
  return parts;
}

/** Where search paths lead: the indices of the URL's state, `*` being all that logs are in. */
export const searchPath = (index: string): string => `/elasticsearch/${index.split(',').map(encodeURIComponent).join(',')}/_search`;

/** Newest (or oldest) first; records of one instant in the order of their arrival. */
export const timeSort = (order: 'asc' | 'desc'): readonly unknown[] => [{ timestamp: { order, unmapped_type: 'date' } }, { _doc: order }];

/** What the rows of a table ask for. */
export function rowsBody(columns: readonly string[], hasSearch: boolean): Readonly<Record<string, unknown>> {
  const fields = [...new Set([...columns, 'timestamp', 'level', 'service.name', 'trace.trace_id'])].filter((name) => name !== '_index');
  const highlighted = Object.fromEntries(columns.filter((name) => name !== 'timestamp' && name !== '_index').map((name) => [name, {}]));
  return {
    _source: false,
    fields,
    ...(hasSearch ? { highlight: { pre_tags: [mark], post_tags: [unmark], number_of_fragments: 0, fields: highlighted } } : {}),
  };
}
