/** Fields that a reader adds to each record: plain text, or one level of names below a name such as `kubernetes`. */
export type AddedFields = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const openBrace = 0x7b;
const closeBrace = 0x7d;
const quote = 0x22;

type Member = Readonly<{ key: string; text: string; below: readonly Readonly<{ key: string; text: string }>[] | undefined }>;

/**
 * Prepares the splicing of fields into documents. A document keeps every byte it has, so that numbers beyond 2^53 and
 * the order of keys survive; members are added before closing braces, and only names that the record does not have.
 * Where the record has an object of the same name, the names that it lacks are added inside.
 */
export function createFieldSplicer(fields: AddedFields): (json: Buffer, keys: ReadonlySet<string>) => Buffer {
  const members: Member[] = Object.entries(fields).map(([key, value]) => ({
    key,
    text: `${JSON.stringify(key)}:${JSON.stringify(value)}`,
    below:
      typeof value === 'string'
        ? undefined
        : Object.entries(value).map(([name, text]) => ({ key: name, text: `${JSON.stringify(name)}:${JSON.stringify(text)}` })),
  }));
  const allMembers = Buffer.from(`,${members.map((member) => member.text).join(',')}}`);

  return (json, keys) => {
    if (members.length === 0) return json;
    const lastBrace = json.lastIndexOf(closeBrace);
    if (keys.size > 0 && members.every((member) => !keys.has(member.key))) {
      return Buffer.concat([json.subarray(0, lastBrace), allMembers]);
    }
    const missing = members.filter((member) => !keys.has(member.key)).map((member) => member.text);
    const nested = members.filter((member) => member.below !== undefined && keys.has(member.key));
    const outside = missing.length === 0 ? '}' : `${keys.size === 0 ? '' : ','}${missing.join(',')}}`;
    const inner = nested.reduce((bytes, member) => spliceInside(bytes, member), json);
    return Buffer.concat([inner.subarray(0, inner.lastIndexOf(closeBrace)), Buffer.from(outside)]);
  };
}

function spliceInside(json: Buffer, member: Member): Buffer {
  const range = findTopLevelValue(json, member.key);
  if (range === undefined || json[range.start] !== openBrace) return json;
  const present = new Set(Object.keys(JSON.parse(json.toString('utf8', range.start, range.end)) as object));
  const missing = (member.below ?? []).filter(({ key }) => !present.has(key)).map(({ text }) => text);
  if (missing.length === 0) return json;
  const text = `${present.size === 0 ? '' : ','}${missing.join(',')}`;
  return Buffer.concat([json.subarray(0, range.end - 1), Buffer.from(text), json.subarray(range.end - 1)]);
}

/** Bytes of the value of a member of a valid JSON object; the last one when the name is there twice, as parsers read it. */
function findTopLevelValue(json: Buffer, key: string): { start: number; end: number } | undefined {
  let found: { start: number; end: number } | undefined;
  let depth = 0;
  let name: string | undefined;
  let start = -1;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    depth += depthChange(byte);
    if (byte === quote) {
      const close = endOfString(json, at);
      if (depth === 1 && name === undefined) name = JSON.parse(json.toString('utf8', at, close + 1)) as string;
      at = close;
    } else if (byte === 0x3a && depth === 1) {
      start = at + 1;
    }
    if ((byte === 0x2c && depth === 1) || depth === 0) {
      if (name === key && start !== -1) found = trimmed(json, start, at);
      if (depth === 0 && start !== -1) break;
      name = undefined;
    }
  }
  return found;
}

function depthChange(byte: number | undefined): number {
  if (byte === openBrace || byte === 0x5b) return 1;
  return byte === closeBrace || byte === 0x5d ? -1 : 0;
}

function trimmed(json: Buffer, start: number, end: number): { start: number; end: number } {
  const isSpace = (at: number) => (json[at] ?? 0) <= 0x20;
  let from = start;
  let to = end;
  while (from < to && isSpace(from)) from += 1;
  while (to > from && isSpace(to - 1)) to -= 1;
  return { start: from, end: to };
}

function endOfString(json: Buffer, open: number): number {
  let at = open + 1;
  while (at < json.length && json[at] !== quote) at += json[at] === 0x5c ? 2 : 1;
  return at;
}
