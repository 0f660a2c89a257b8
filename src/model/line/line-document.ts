import { isUtf8 } from 'node:buffer';
import type { LogDocument } from '../ingest.ts';
import { logAliases } from '../log-fields.ts';
import { type AddedFields, createFieldSplicer } from './added-fields.ts';
import type { JoinedLines } from './line-joiner.ts';
import { readTraceback } from './traceback.ts';

/** What is known of a record beside its text. */
export type LineOrigin = Readonly<{
  stream?: string | undefined;
  /** RFC 3339, from the container runtime. */
  time?: string | undefined;
  /** JSON text, from the container runtime. */
  attributes?: string | undefined;
  /** The line was longer than the limit; this is its beginning. */
  truncated?: boolean;
  /** The bytes of its lines that are not UTF-8, joined by line ends. */
  raw?: Buffer | undefined;
}>;

export type LineDocuments = Readonly<{
  /** The document of a line that is a JSON object, byte for byte with members added; undefined when it is none. */
  fromJson: (payload: Buffer, origin: LineOrigin) => LogDocument | undefined;
  fromText: (joined: Pick<JoinedLines, 'lines' | 'record'>, origin: LineOrigin) => LogDocument;
}>;

const timeNames: readonly string[] = ['timestamp', ...logAliases.timestamp];

/** Turns lines into documents, each with `fields` added where the record does not have them itself. */
export function createLineDocuments(fields: AddedFields): LineDocuments {
  const splice = createFieldSplicer(fields);

  const withOrigin = (json: Buffer, keys: Set<string>, origin: LineOrigin): Buffer => {
    const members: string[] = [];
    const add = (key: string, text: string) => {
      if (keys.has(key)) return;
      keys.add(key);
      members.push(`${JSON.stringify(key)}:${text}`);
    };
    const separator = keys.size === 0 ? '' : ',';
    if (origin.time !== undefined && !timeNames.some((name) => keys.has(name))) add('@timestamp', JSON.stringify(origin.time));
    if (origin.stream !== undefined) add('stream', JSON.stringify(origin.stream));
    if (origin.attributes !== undefined) add('attrs', origin.attributes);
    if (origin.truncated === true) add('truncated', 'true');
    if (origin.raw !== undefined) add('raw_base64', JSON.stringify(origin.raw.toString('base64')));
    const complete =
      members.length === 0
        ? json
        : Buffer.concat([json.subarray(0, json.lastIndexOf('}')), Buffer.from(`${separator}${members.join(',')}}`)]);
    return splice(complete, keys);
  };

  return {
    fromJson(payload, origin) {
      const object = trimToBraces(payload);
      if (object === undefined) return undefined;
      const valid = isUtf8(object);
      const text = object.toString('utf8');
      const keys = objectKeys(text);
      if (keys === undefined) return undefined;
      return valid ? withOrigin(object, keys, origin) : withOrigin(Buffer.from(text), keys, { ...origin, raw: payload });
    },
    fromText(joined, origin) {
      const record = textRecord(joined, origin);
      return withOrigin(Buffer.from(stringify(record)), new Set(record.keys()), origin);
    },
  };
}

type Value = string | number | Readonly<Record<string, string | number>>;

function textRecord({ lines, record }: Pick<JoinedLines, 'lines' | 'record'>, origin: LineOrigin): Map<string, Value> {
  const members = new Map<string, Value>();
  const message = record === undefined ? lines : [record.msg, ...lines.slice(1)];
  const exception = lines.length === 1 ? undefined : readTraceback(message);
  // A container runtime knows the instant; a clock reading without a zone is only a guess at it.
  if (record?.timestamp !== undefined && (record.zoneAssumed !== true || origin.time === undefined))
    members.set('timestamp', record.timestamp);
  const level = record?.level ?? (exception === undefined ? undefined : 'ERROR');
  if (level !== undefined) members.set('level', level);
  if (record?.name !== undefined) members.set('name', record.name);
  if (exception === undefined) {
    members.set('msg', message.join('\n'));
  } else {
    members.set('msg', beforeTraceback(message, exception.traceback) || `${exception.type}: ${exception.message}`);
    members.set('exception', exception);
  }
  for (const [key, value] of record?.more ?? []) {
    if (!members.has(key)) members.set(key, value);
  }
  return members;
}

function beforeTraceback(message: readonly string[], traceback: string): string {
  const whole = message.join('\n');
  return whole.slice(0, Math.max(0, whole.length - traceback.length - 1));
}

function stringify(members: ReadonlyMap<string, Value>): string {
  return `{${[...members].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

/** From the first brace to the last when only white space is around them. */
function trimToBraces(bytes: Buffer): Buffer | undefined {
  let from = 0;
  let to = bytes.length;
  while (from < to && isSpace(bytes[from])) from += 1;
  while (to > from && isSpace(bytes[to - 1])) to -= 1;
  return bytes[from] === 0x7b && bytes[to - 1] === 0x7d ? bytes.subarray(from, to) : undefined;
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;

/** Names of a JSON object's members; undefined when the text is not a JSON object. */
function objectKeys(text: string): Set<string> | undefined {
  try {
    return new Set(Object.keys(JSON.parse(text) as object));
  } catch {
    return undefined;
  }
}
