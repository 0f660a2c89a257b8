import { illegalArgument } from '../lib/elasticsearch-errors.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../lib/json/json-text.ts';

/** Index settings by their full dotted name; every value is text or a list of texts, as Elasticsearch reports them. */
export type Settings = Readonly<Record<string, string | readonly string[]>>;
/** The same with null for "back to the default". */
export type SettingsUpdate = Readonly<Record<string, string | readonly string[] | null>>;

type Rule = Readonly<{ dynamic: boolean; check?: (value: string) => string | undefined }>;

const integerFrom =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (value: string) => {
    if (!/^-?\d+$/.test(value)) return 'is not an integer';
    if (Number(value) < least) return `must be >= ${least}`;
    return Number(value) > most ? `must be <= ${most}` : undefined;
  };
const boolean = (value: string) => (value === 'true' || value === 'false' ? undefined : 'as only [true] or [false] are allowed.');
const duration = (value: string) => (parseDurationMillis(value) === undefined ? 'is not a time value such as 30s' : undefined);

/** Settings with a meaning or a form that is checked. All others are stored and returned. */
const rules: Readonly<Record<string, Rule>> = {
  'index.number_of_shards': { dynamic: false, check: integerFrom(1, 1024) },
  'index.number_of_replicas': { dynamic: true, check: integerFrom(0) },
  'index.number_of_routing_shards': { dynamic: false, check: integerFrom(1) },
  'index.refresh_interval': { dynamic: true, check: duration },
  'index.max_result_window': { dynamic: true, check: integerFrom(1) },
  'index.mapping.total_fields.limit': { dynamic: true, check: integerFrom(1) },
  'index.mapping.depth.limit': { dynamic: true, check: integerFrom(1, 100) },
  'index.hidden': { dynamic: true, check: boolean },
  'index.priority': { dynamic: true, check: integerFrom(0) },
  'index.blocks.write': { dynamic: true, check: boolean },
  'index.blocks.read': { dynamic: true, check: boolean },
  'index.blocks.metadata': { dynamic: true, check: boolean },
  'index.blocks.read_only': { dynamic: true, check: boolean },
  'index.blocks.read_only_allow_delete': { dynamic: true, check: boolean },
  'index.lifecycle.indexing_complete': { dynamic: true, check: boolean },
  'index.codec': { dynamic: false },
  'index.mode': { dynamic: false },
};

/** What Elasticsearch sets itself and refuses from outside. */
const privateSettings = new Set(['index.uuid', 'index.creation_date', 'index.provided_name', 'index.version.created']);
const staticPrefixes = ['index.analysis.', 'index.sort.', 'index.similarity.', 'index.store.'];

const units: Readonly<Record<string, number>> = {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Elasticsearch's time values (`30s`, `1d`, `-1`, `0`) in milliseconds; undefined when it is none. `-1` is Infinity: never. */
export function parseDurationMillis(text: string): number | undefined {
  if (text === '-1') return Number.POSITIVE_INFINITY;
  if (text === '0') return 0;
  const parts = /^(\d{1,15}(?:\.\d{1,9})?)(nanos|micros|ms|s|m|h|d)$/.exec(text.trim().toLowerCase());
  return parts ? Number(parts[1]) * (units[parts[2] as string] as number) : undefined;
}

const sizes: Readonly<Record<string, number>> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40, pb: 2 ** 50 };

/** Elasticsearch's byte sizes (`50gb`, `1024`) in bytes; undefined when it is none. */
export function parseSizeBytes(text: string): number | undefined {
  const parts = /^(\d{1,15}(?:\.\d{1,9})?)\s*(b|kb|mb|gb|tb|pb|k|m|g|t|p)?$/.exec(text.trim().toLowerCase());
  if (!parts) return undefined;
  const unit = parts[2] ?? 'b';
  return Math.floor(Number(parts[1]) * (sizes[unit.length === 1 && unit !== 'b' ? `${unit}b` : unit] as number));
}

function scalarText(value: JsonValue): string {
  return typeof value === 'string' ? value : value instanceof ExactNumber ? value.text : stringifyJson(value);
}

const maxSettings = 10_000;

/**
 * Settings as sent (nested, dotted, with or without `index.`) by their full names. Throws 400 for values of a wrong form and for
 * settings that only the server sets.
 */
export function flattenSettings(sent: JsonValue | undefined): SettingsUpdate {
  if (sent === undefined || sent === null) return {};
  if (!isJsonObject(sent)) throw illegalArgument('[settings] must be an object');
  const flat: Record<string, string | readonly string[] | null> = Object.create(null);
  // `{"settings": {...}}` around the settings is accepted too, as Elasticsearch does.
  const body = Object.keys(sent).length === 1 && isJsonObject(sent.settings) ? sent.settings : sent;
  collect(body, '', flat);
  if (Object.keys(flat).length > maxSettings) throw illegalArgument(`more than ${maxSettings} settings`);
  for (const [name, value] of Object.entries(flat)) if (value !== null) checkSetting(name, value);
  return flat;
}

function collect(value: JsonObject, prefix: string, into: Record<string, string | readonly string[] | null>): void {
  for (const [key, member] of Object.entries(value)) {
    const path = prefix + key;
    if (isJsonObject(member)) collect(member, `${path}.`, into);
    else {
      const name = path.startsWith('index.') ? path : `index.${path}`;
      into[name] = member === null ? null : Array.isArray(member) ? member.map(scalarText) : scalarText(member);
    }
  }
}

function checkSetting(name: string, value: string | readonly string[]): void {
  if (privateSettings.has(name)) throw illegalArgument(`private index setting [${name}] can not be set explicitly`);
  const check = Object.hasOwn(rules, name) ? rules[name]?.check : undefined;
  if (!check) return;
  const fault = typeof value === 'string' ? check(value) : 'must be one value';
  if (fault !== undefined) throw illegalArgument(`Failed to parse value [${value}] for setting [${name}] ${fault}`);
}

export function isDynamicSetting(name: string): boolean {
  if (staticPrefixes.some((prefix) => name.startsWith(prefix))) return false;
  return Object.hasOwn(rules, name) ? (rules[name]?.dynamic as boolean) : true;
}

/** Later settings win; null removes. */
export function mergeSettings(...layers: readonly SettingsUpdate[]): Settings {
  const merged: Record<string, string | readonly string[]> = Object.create(null);
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer)) {
      if (value === null) delete merged[name];
      else merged[name] = value;
    }
  }
  return merged;
}

/**
 * The settings of an index after an update. Throws 400 for static settings of an open index.
 */
export function updateSettings(
  current: Settings,
  update: SettingsUpdate,
  index: Readonly<{ label: string; open: boolean }>,
  preserve: boolean,
): Settings {
  const fixed = Object.keys(update).filter((name) => !isDynamicSetting(name));
  if (fixed.length > 0 && index.open) {
    throw illegalArgument(`Can't update non dynamic settings [[${fixed.join(', ')}]] for open indices [[${index.label}]]`);
  }
  if (fixed.includes('index.number_of_shards')) {
    throw illegalArgument('final index setting [index.number_of_shards], not updateable');
  }
  return preserve ? mergeSettings(update, current) : mergeSettings(current, update);
}

/** Nested form for answers: `{index: {refresh_interval: "30s"}}`. A name that is both a value and a prefix stays dotted. */
export function nestSettings(flat: Settings): JsonObject {
  const root: Record<string, JsonValue> = Object.create(null);
  for (const name of Object.keys(flat).sort()) {
    const value = flat[name] as string | readonly string[];
    const segments = name.split('.');
    let node = root;
    for (let at = 0; ; at++) {
      const key = segments[at] as string;
      const child = node[key];
      if (at === segments.length - 1 && child === undefined) {
        node[key] = value;
        break;
      }
      if (at === segments.length - 1 || (child !== undefined && !isJsonObject(child))) {
        node[segments.slice(at).join('.')] = value;
        break;
      }
      node[key] ??= Object.create(null) as JsonObject;
      node = node[key] as Record<string, JsonValue>;
    }
  }
  return root;
}

export function settingText(settings: Settings, name: string): string | undefined {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  return typeof value === 'string' ? value : value?.[0];
}
