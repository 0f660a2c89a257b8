import type { Aliases, IndexRecord } from '../../../catalogue/catalogue-state.ts';
import type { Mapping } from '../../../catalogue/mapping.ts';
import { matchesPattern } from '../../../catalogue/name-pattern.ts';
import { mergeSettings, nestSettings, type Settings } from '../../../catalogue/settings.ts';
import { isJsonObject, type JsonObject, type JsonValue, joinObjects } from '../../../lib/json/json-text.ts';

/** The settings of an index with those that the server sets itself. */
export function reportedSettings(record: IndexRecord, version: string): Settings {
  const [major = '8', minor = '0', patch = '0'] = version.split('.');
  return mergeSettings(record.settings, {
    'index.uuid': record.uuid,
    'index.creation_date': String(record.createdMillis),
    'index.provided_name': record.providedName,
    'index.version.created': `${major}${minor.padStart(2, '0')}${patch.padStart(2, '0')}99`,
    ...(record.open ? {} : { 'index.verified_before_close': 'true' }),
  });
}

/** Settings for an answer, nested or flat, and only those whose name matches `names`. */
export function settingsAnswer(settings: Settings, flat: boolean, names?: string): JsonObject {
  const patterns = names === undefined || names === '_all' ? ['*'] : names.split(',');
  const wanted = Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => patterns.some((pattern) => matchesPattern(pattern, name)))
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  return flat ? wanted : nestSettings(wanted);
}

/** What an index would use for settings that nobody set; for `include_defaults`. */
export const defaultSettings: Settings = {
  'index.refresh_interval': '1s',
  'index.max_result_window': '10000',
  'index.mapping.total_fields.limit': '1000',
  'index.mapping.depth.limit': '20',
  'index.hidden': 'false',
  'index.blocks.read_only': 'false',
  'index.blocks.write': 'false',
};

/** Aliases for an answer: an alias without properties is `{}`. */
export function aliasesAnswer(aliases: Aliases): JsonObject {
  return joinObjects(
    ...Object.keys(aliases)
      .sort()
      .map((alias) => ({ [alias]: aliases[alias] as JsonObject })),
  );
}

/** How a field that nobody mapped shows in `_mapping`: strings as Elasticsearch's dynamic mapping would have made them. */
function discoveredDefinition(type: string): JsonObject {
  return type === 'text' ? { type, fields: { keyword: { type: 'keyword', ignore_above: 256 } } } : { type };
}

/** Fields below this many levels can be searched but are not listed, so that no document can make the answer too deep to print. */
const maxListedDepth = 200;

type MutableNode = Record<string, JsonValue>;

/**
 * A mapping with the fields that documents brought. What the mapping says wins: below a field that is no object nothing is added.
 */
export function withDiscovered(mapping: Mapping, discovered: readonly Readonly<{ path: string; type: string }>[]): Mapping {
  if (discovered.length === 0) return mapping;
  const root = cloneObjects(mapping);
  for (const { path, type } of discovered) {
    const segments = path.split('.');
    if (segments.length <= maxListedDepth) addField(root, segments, type);
  }
  return root;
}

function cloneObjects(node: JsonObject): MutableNode {
  const copy = joinObjects(node);
  if (isJsonObject(node.properties)) {
    copy.properties = joinObjects(
      ...Object.entries(node.properties).map(([name, child]) => ({
        [name]: isJsonObject(child) && isContainer(child) ? cloneObjects(child) : child,
      })),
    );
  }
  return copy;
}

const isContainer = (node: JsonObject) => isJsonObject(node.properties) || ['object', 'nested', 'passthrough'].includes(String(node.type));

function addField(root: MutableNode, segments: readonly string[], type: string): void {
  let node = root;
  for (const [at, segment] of segments.entries()) {
    if (segment === '') return;
    node.properties ??= joinObjects();
    if (node.type === 'object') delete node.type;
    const properties = node.properties as MutableNode;
    const child = properties[segment];
    if (at === segments.length - 1) {
      if (child === undefined) properties[segment] = discoveredDefinition(type);
      return;
    }
    if (child !== undefined && !(isJsonObject(child) && isContainer(child))) return;
    properties[segment] = child ?? joinObjects();
    node = properties[segment] as MutableNode;
  }
}
