import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import type { AppError } from '../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, joinObjects } from '../lib/json/json-text.ts';
import type { Aliases, AliasProperties, TemplateBody } from './catalogue-state.ts';
import { checkAliasName } from './index-name.ts';
import { parseMapping } from './mapping.ts';
import { flattenSettings } from './settings.ts';

/** Alias members as sent: `routing` stands for both routings. Throws 400 for members of a wrong type. */
export function parseAliasProperties(name: string, sent: JsonValue): AliasProperties {
  if (sent !== null && !isJsonObject(sent)) throw illegalArgument(`alias [${name}] must be an object`);
  const { filter, routing, index_routing: toIndex, search_routing: toSearch, is_write_index: write, is_hidden: hidden } = sent ?? {};
  if (filter !== undefined && filter !== null && !isJsonObject(filter)) throw illegalArgument(`failed to parse filter for alias [${name}]`);
  const result: { -readonly [K in keyof AliasProperties]: AliasProperties[K] } = {};
  if (isJsonObject(filter) && Object.keys(filter).length > 0) result.filter = filter;
  const indexRouting = toIndex ?? routing;
  const searchRouting = toSearch ?? routing;
  if (indexRouting !== undefined && indexRouting !== null) result.index_routing = String(indexRouting);
  if (searchRouting !== undefined && searchRouting !== null) result.search_routing = String(searchRouting);
  if (write !== undefined && write !== null) result.is_write_index = asBoolean(write, 'is_write_index');
  if (hidden !== undefined && hidden !== null) result.is_hidden = asBoolean(hidden, 'is_hidden');
  return result;
}

export function asBoolean(value: JsonValue, name: string): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw illegalArgument(`Failed to parse value [${String(value)}] of [${name}] as only [true] or [false] are allowed.`);
}

/** `aliases` of a template or a create request; `{index}` in a name stands for the index that will be created. */
export function parseAliases(sent: JsonValue | undefined): Aliases {
  if (sent === undefined || sent === null) return {};
  if (!isJsonObject(sent)) throw illegalArgument('[aliases] must be an object');
  const entries = Object.entries(sent).map(([name, properties]): [string, AliasProperties] => {
    checkAliasName(name.replaceAll('{index}', 'index'));
    return [name, parseAliasProperties(name, properties)];
  });
  return joinObjects(Object.fromEntries(entries)) as Aliases;
}

const bodyKeys = new Set(['settings', 'mappings', 'aliases']);

/** Checks `{settings, mappings, aliases}` and brings it into the stored form. Throws 400. */
export function parseTemplateBody(sent: JsonValue | undefined): TemplateBody {
  if (sent === undefined || sent === null) return {};
  if (!isJsonObject(sent)) throw illegalArgument('[template] must be an object');
  const unknown = Object.keys(sent).find((key) => !bodyKeys.has(key));
  if (unknown === 'lifecycle')
    throw illegalArgument('[lifecycle] of data streams is not supported; name an ILM policy in [index.lifecycle.name] instead');
  if (unknown !== undefined) throw unknownKey(unknown, 'template');
  return {
    ...(sent.settings === undefined ? {} : { settings: flattenSettings(sent.settings) }),
    ...(sent.mappings === undefined ? {} : { mappings: parseMapping(sent.mappings) }),
    ...(sent.aliases === undefined ? {} : { aliases: parseAliases(sent.aliases) }),
  };
}

export function unknownKey(key: string, parser: string): AppError {
  return elasticsearchError('x_content_parse_exception', `[${parser}] unknown field [${key}]`);
}

/** Names given as one text or a list. Throws 400 for anything else. */
export function textList(sent: JsonValue | undefined, name: string): readonly string[] {
  if (sent === undefined || sent === null) return [];
  const list = Array.isArray(sent) ? (sent as readonly JsonValue[]) : [sent];
  if (!list.every((item) => typeof item === 'string')) throw illegalArgument(`[${name}] must be a text or a list of texts`);
  return list as readonly string[];
}

export function optionalInteger(sent: JsonValue | undefined, name: string): number | undefined {
  if (sent === undefined || sent === null) return undefined;
  const value = typeof sent === 'string' && /^-?\d+$/.test(sent) ? Number(sent) : sent;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw illegalArgument(`[${name}] must be an integer`);
  return value;
}

export function optionalObject(sent: JsonValue | undefined, name: string): JsonObject | undefined {
  if (sent === undefined || sent === null) return undefined;
  if (!isJsonObject(sent)) throw illegalArgument(`[${name}] must be an object`);
  return sent;
}
