import { AppError } from '../../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json/json-text.ts';
import { parseBoundedJson } from '../../lib/json/parse-bounded.ts';
import { WireWriter } from '../../lib/protobuf/wire-writer.ts';
import type { Field, FieldType, MessageFields } from './otlp-schema.ts';

/**
 * OTLP's JSON encoding (specification, "JSON Protobuf Encoding") as the protobuf message that it stands for, so that what records become is
 * said once, by the decoders of the messages. Members that the schema does not have are ignored; `null` is a default. Integers keep all of
 * their digits, as strings and as numbers. An id that is not hexadecimal becomes none. Throws `bad_request` with the member's path.
 */
export function jsonToProtobuf(body: Buffer, fields: MessageFields): Buffer {
  const value = parseBoundedJson(body);
  const writer = new WireWriter(body.length);
  const path: Path = [];
  if (!isJsonObject(value)) fail(path, 'an object');
  writeMessage(writer, value, fields, path);
  return writer.finish();
}

type Path = (string | number)[];

function fail(path: Path, expected: string): never {
  const where = path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text === '' ? '' : '.'}${part}`),
    '',
  );
  throw new AppError('bad_request', `${where.slice(0, 1000) || 'the body'} must be ${expected}`);
}

function writeMessage(writer: WireWriter, value: JsonObject, fields: MessageFields, path: Path): void {
  for (const name of Object.keys(value)) {
    const field = fields.get(name);
    const member = value[name];
    if (field === undefined || member === undefined || member === null) continue;
    path.push(name);
    if (field.repeated) writeList(writer, member, field, path);
    else writeField(writer, member, field, path);
    path.pop();
  }
}

function writeList(writer: WireWriter, value: JsonValue, field: Field, path: Path): void {
  if (!Array.isArray(value)) fail(path, 'an array');
  const items: readonly JsonValue[] = value;
  for (const [at, item] of items.entries()) {
    path.push(at);
    // An element of a list is never left out, as a default would be.
    writeField(writer, item, { ...field, explicit: true }, path);
    path.pop();
  }
}

function writeField(writer: WireWriter, value: JsonValue, { number, type, explicit }: Field, path: Path): void {
  if (typeof type === 'function') {
    // JSON has `null` where a value is empty, also in lists.
    if (value !== null && !isJsonObject(value)) fail(path, 'an object');
    writer.message(number, (inner) => {
      if (value !== null) writeMessage(inner, value, type(), path);
    });
  } else if (typeof type === 'object') writer.uint32(number, enumValue(value, type, path));
  else writeScalar(writer, number, value, type, explicit, path);
}

type ScalarType = Exclude<FieldType, readonly string[] | (() => MessageFields)>;

function writeScalar(writer: WireWriter, number: number, value: JsonValue, type: ScalarType, explicit: boolean, path: Path): void {
  switch (type) {
    case 'text':
    case 'base64':
    case 'id':
      if (typeof value !== 'string') fail(path, 'text');
      if (type === 'id') writer.bytes(number, idBytes(value));
      else if (type === 'base64' && value !== '') writer.bytes(number, Buffer.from(value, 'base64'));
      else if (explicit) writer.alwaysText(number, value);
      else writer.text(number, value);
      break;
    case 'bool':
      if (typeof value !== 'boolean') fail(path, 'true or false');
      writer.alwaysBool(number, value);
      break;
    case 'double':
      writer.alwaysDouble(number, double(value, path));
      break;
    case 'uint32':
      writer.uint32(number, Number(integer(value, 0n, 0xffff_ffffn, path)));
      break;
    case 'fixed32':
      writer.fixed32(number, Number(integer(value, 0n, 0xffff_ffffn, path)));
      break;
    case 'sint32': {
      const signed = Number(integer(value, -0x8000_0000n, 0x7fff_ffffn, path));
      writer.uint32(number, ((signed << 1) ^ (signed >> 31)) >>> 0);
      break;
    }
    case 'int64':
      writer.alwaysInt64(number, integer(value, minInt64, maxInt64, path));
      break;
    case 'uint64':
      writer.alwaysInt64(number, integer(value, 0n, maxUint64, path));
      break;
    case 'fixed64':
    case 'sfixed64': {
      const exact = type === 'fixed64' ? integer(value, 0n, maxUint64, path) : integer(value, minInt64, maxInt64, path);
      // Eight zero bytes are the double 0, too.
      if (exact === 0n && explicit) writer.alwaysDouble(number, 0);
      else writer.fixed64(number, exact);
    }
  }
}

const maxUint64 = 2n ** 64n - 1n;
const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

function integer(value: JsonValue, min: bigint, max: bigint, path: Path): bigint {
  let exact: bigint | undefined;
  if (typeof value === 'bigint') exact = value;
  else if (typeof value === 'number' && Number.isInteger(value)) exact = BigInt(value);
  else if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) exact = BigInt(value);
  if (exact === undefined || exact < min || exact > max) return fail(path, `an integer from ${min} to ${max}`);
  return exact;
}

const namedDoubles: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function double(value: JsonValue, path: Path): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    const found = namedDoubles.get(value);
    if (found !== undefined) return found;
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return Number(value);
  }
  return fail(path, 'a number');
}

/** OTLP wants numbers; protobuf's own JSON has names. */
function enumValue(value: JsonValue, names: readonly string[], path: Path): number {
  if (typeof value === 'string' && !/^\d+$/.test(value)) {
    const found = names.indexOf(value);
    return found >= 0 ? found : fail(path, `a number or one of ${names.join(', ')}`);
  }
  return Number(integer(value, 0n, 0x7fff_ffffn, path));
}

/** Hexadecimal as OTLP has it, with the dashes of a UUID or without; or base64 of 8 or 16 bytes, which protobuf's own JSON has. */
function idBytes(text: string): Buffer {
  const digits = text.replaceAll('-', '');
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, 'hex');
  return /^(?:[\w+/]{22}==|[\w+/]{11}=)$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
}
