import type { WireReader } from '../../lib/protobuf/wire-reader.ts';
import { writeMember } from './any-value.ts';
import { JsonBytes } from './json-bytes.ts';

/** A resource or a scope, as every record below it repeats it. */
const out = new JsonBytes();

type Texts = Readonly<{
  /** The text of an attribute, or empty when it has none or is no text. */
  text: (name: string) => string;
}>;

export type Resource = Texts & Readonly<{ /** JSON object, or empty. */ json: string }>;

function member(name: string, json: string): void {
  if (out.length > 1) out.byte(0x2c);
  out.json(`${JSON.stringify(name)}:${json}`);
}

function attribute(reader: WireReader, end: number): void {
  if (out.length > 1) out.byte(0x2c);
  writeMember(reader, end, out);
}

function finish(): string {
  out.byte(0x7d);
  return out.length === 2 ? '' : out.text();
}

/** Where the nested messages `field` of the message up to `end` are. Leaves the position at `end`. */
function ranges(reader: WireReader, end: number, wanted: number): number[] {
  const found: number[] = [];
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === wanted) {
      const stop = reader.nested(end);
      found.push(reader.position, stop);
      reader.position = stop;
    } else reader.skip(tag, end);
  }
  return found;
}

/**
 * Reads `resource` (1) and `schema_url` (3) of `ResourceSpans`, `ResourceLogs` or `ResourceMetrics` between the reader's position and `end`,
 * and leaves the position where it was: the records may come before them.
 */
export function readResource(reader: WireReader, end: number): Resource {
  const begin = reader.position;
  const resources = ranges(reader, end, 0x0a);
  out.reset();
  out.byte(0x7b);
  let dropped = 0;
  const entities: string[] = [];
  for (let i = 0; i < resources.length; i += 2) {
    const stop = resources[i + 1] as number;
    reader.position = resources[i] as number;
    while (reader.position < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) attribute(reader, reader.nested(stop));
      else if (tag === 0x10) dropped = reader.uint32(stop);
      else if (tag === 0x1a) entities.push(readEntity(reader, reader.nested(stop)));
      else reader.skip(tag, stop);
    }
  }
  if (dropped > 0) member('otel.dropped_attributes_count', String(dropped));
  if (entities.length > 0) member('otel.entity_refs', `[${entities.join(',')}]`);
  const schemaUrl = lastText(reader, begin, end, 0x1a);
  if (schemaUrl !== '') member('otel.schema_url', JSON.stringify(schemaUrl));
  reader.position = begin;
  const json = finish();
  const values: Readonly<Record<string, unknown>> = json === '' ? {} : JSON.parse(json);
  return {
    json,
    text(name) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (Array.isArray(value)) return typeof value[0] === 'string' ? value[0] : '';
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    },
  };
}

/** The text `field` between `begin` and `end`, the last one. */
function lastText(reader: WireReader, begin: number, end: number, wanted: number): string {
  reader.position = begin;
  const found = ranges(reader, end, wanted);
  return found.length === 0 ? '' : reader.bytes.toString('utf8', found.at(-2), found.at(-1));
}

function readEntity(reader: WireReader, end: number): string {
  let schemaUrl = '';
  let type = '';
  const idKeys: string[] = [];
  const descriptionKeys: string[] = [];
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) schemaUrl = reader.text(end);
    else if (tag === 0x12) type = reader.text(end);
    else if (tag === 0x1a) idKeys.push(reader.text(end));
    else if (tag === 0x22) descriptionKeys.push(reader.text(end));
    else reader.skip(tag, end);
  }
  return JSON.stringify({ schemaUrl, type, idKeys, descriptionKeys });
}

/**
 * Reads `scope` (1) and `schema_url` (3) of `ScopeSpans`, `ScopeLogs` or `ScopeMetrics` as `readResource` does: JSON object
 * `{name, version, attributes, droppedAttributesCount, schemaUrl}` without what is not set, or empty.
 */
export function readScope(reader: WireReader, end: number): string {
  const begin = reader.position;
  const scopes = ranges(reader, end, 0x0a);
  const schemaUrl = lastText(reader, begin, end, 0x1a);
  let name = '';
  let version = '';
  let dropped = 0;
  out.reset();
  out.byte(0x7b);
  for (let i = 0; i < scopes.length; i += 2) {
    const stop = scopes[i + 1] as number;
    reader.position = scopes[i] as number;
    while (reader.position < stop) {
      const tag = reader.tag(stop);
      if (tag === 0x0a) name = reader.text(stop);
      else if (tag === 0x12) version = reader.text(stop);
      else if (tag === 0x1a) attribute(reader, reader.nested(stop));
      else if (tag === 0x20) dropped = reader.uint32(stop);
      else reader.skip(tag, stop);
    }
  }
  const attributes = finish();
  out.reset();
  out.byte(0x7b);
  if (name !== '') member('name', JSON.stringify(name));
  if (version !== '') member('version', JSON.stringify(version));
  if (attributes !== '') member('attributes', attributes);
  if (dropped > 0) member('droppedAttributesCount', String(dropped));
  if (schemaUrl !== '') member('schemaUrl', JSON.stringify(schemaUrl));
  reader.position = begin;
  return finish();
}
