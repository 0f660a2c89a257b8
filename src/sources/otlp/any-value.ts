import type { WireReader } from '../../lib/protobuf/wire-reader.ts';
import type { JsonBytes } from './json-bytes.ts';
import { doubleJson, signedText } from './number-text.ts';

/**
 * OTLP's `AnyValue` as JSON (docs/ingest/otlp.md, "Values"). Integers are written exactly; doubles with a fraction or an exponent;
 * bytes as `{"base64": …}`; an empty value as `null`. Levels below `maxDepth` are kept as they came, as `{"protobuf": …}` in base64, so
 * that no reader of the JSON runs out of stack.
 */
const maxDepth = 64;

const comma = 0x2c;
const colon = 0x3a;

/** Fields of `AnyValue`, with their wire types. The last one in the message is the value. */
const stringValue = 0x0a;
const boolValue = 0x10;
const intValue = 0x18;
const doubleValue = 0x21;
const arrayValue = 0x2a;
const kvlistValue = 0x32;
const bytesValue = 0x3a;

/** The message between the reader's position and `end`. */
export function writeAnyValue(reader: WireReader, end: number, out: JsonBytes, depth = 0): void {
  const begin = reader.position;
  let found = 0;
  let start = 0;
  let stop = 0;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === stringValue || tag === arrayValue || tag === kvlistValue || tag === bytesValue) {
      stop = reader.nested(end);
      found = tag;
      start = reader.position;
      reader.position = stop;
    } else {
      if (tag === boolValue || tag === intValue || tag === doubleValue) {
        found = tag;
        start = reader.position;
      }
      reader.skip(tag, end);
    }
  }
  reader.position = start;
  if (found === stringValue) out.string(reader.bytes, start, stop);
  else if (found === intValue) {
    reader.varint(end);
    out.ascii(signedText(reader.high, reader.low));
  } else if (found === doubleValue) out.ascii(doubleJson(reader.double(end)));
  else if (found === boolValue) out.ascii(reader.isTrue(end) ? 'true' : 'false');
  else if (found === bytesValue) {
    out.ascii('{"base64":');
    out.base64(reader.bytes, start, stop);
    out.ascii('}');
  } else if (found === 0) out.ascii('null');
  else if (depth === maxDepth) {
    out.ascii('{"protobuf":');
    out.base64(reader.bytes, begin, end);
    out.ascii('}');
  } else writeMembers(reader, stop, out, depth + 1, found === kvlistValue);
  reader.position = end;
}

/** `ArrayValue` and `KeyValueList` have their members in field 1. */
const member = 0x0a;

function writeMembers(reader: WireReader, end: number, out: JsonBytes, depth: number, isList: boolean): void {
  out.byte(isList ? 0x7b : 0x5b);
  let first = true;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag !== member) reader.skip(tag, end);
    else {
      if (!first) out.byte(comma);
      first = false;
      (isList ? writeMember : writeAnyValue)(reader, reader.nested(end), out, depth);
    }
  }
  out.byte(isList ? 0x7d : 0x5d);
}

/** Where the key of the member that was written last stands in the message. */
export const lastKey = { start: 0, end: 0 };

/** `KeyValue` between the reader's position and `end`, as `"key":value`. */
export function writeMember(reader: WireReader, end: number, out: JsonBytes, depth = 0): void {
  let keyStart = 0;
  let keyEnd = 0;
  let valueStart = 0;
  let valueEnd = 0;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) {
      keyEnd = reader.nested(end);
      keyStart = reader.position;
      reader.position = keyEnd;
    } else if (tag === 0x12) {
      valueEnd = reader.nested(end);
      valueStart = reader.position;
      reader.position = valueEnd;
    } else reader.skip(tag, end);
  }
  out.string(reader.bytes, keyStart, keyEnd);
  out.byte(colon);
  reader.position = valueStart;
  writeAnyValue(reader, valueEnd, out, depth);
  reader.position = end;
  lastKey.start = keyStart;
  lastKey.end = keyEnd;
}
