import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../lib/errors.ts';
import { nearestName } from '../lib/nearest-name.ts';
import { type Setting, settingByPath, settings } from './setting-list.ts';

/** Where a value was set; `name` is the file, the variable or the flag, and empty for a default. */
export type Origin = Readonly<{ kind: 'default' | 'file' | 'environment' | 'flag'; name: string }>;

/** The values that one place sets, by setting. */
export type Layer = ReadonlyMap<string, Readonly<{ value: unknown; origin: Origin }>>;

export type Environment = Readonly<Record<string, string | undefined>>;

function unknown(what: string, name: string, where: string, candidates: readonly string[]): AppError {
  const near = nearestName(name, candidates);
  const hint = near === undefined ? 'See `meshscope config` for every setting.' : `Did you mean ${near}?`;
  return new AppError('bad_config', `Unknown ${what} ${name.slice(0, 100)}${where}. ${hint}`);
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a parsed config file; nested objects become paths. */
export function fileLayer(content: unknown, file: string): Layer {
  const origin: Origin = { kind: 'file', name: file };
  const layer = new Map<string, { value: unknown; origin: Origin }>();
  const paths = [...settingByPath.keys()];
  const visit = (value: unknown, prefix: string) => {
    if (!isPlainObject(value)) {
      const what = prefix === '' ? 'The config file' : `The section ${prefix.slice(0, -1)}`;
      throw new AppError('bad_config', `${what} in ${file} must be a JSON object. See docs/configuration.md.`);
    }
    for (const [key, item] of Object.entries(value)) {
      const path = `${prefix}${key}`;
      if (settingByPath.has(path)) layer.set(path, { value: item, origin });
      else if (paths.some((known) => known.startsWith(`${path}.`))) visit(item, `${path}.`);
      else throw unknown('setting', path, ` in ${file}`, paths);
    }
  };
  visit(content, '');
  return layer;
}

/** Variables with our prefix that are not settings: the config file, and where the client commands find a server. */
const otherVariables = [
  'MESHSCOPE_CONFIG',
  'MESHSCOPE_URL',
  'MESHSCOPE_USERNAME',
  'MESHSCOPE_PASSWORD',
  'MESHSCOPE_AUDIT',
  'MESHSCOPE_CONTENT',
];

/** Kubernetes sets these in every pod beside a service that is called meshscope. */
const kubernetesServiceVariable = /^MESHSCOPE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/** Reads `MESHSCOPE_*` and the aliases. An empty variable counts as not set. */
export function environmentLayer(env: Environment): Layer {
  const layer = new Map<string, { value: unknown; origin: Origin }>();
  const variables = new Set(settings.map((setting) => setting.variable));
  for (const name of Object.keys(env)) {
    const foreign = !name.startsWith('MESHSCOPE_') || otherVariables.includes(name) || kubernetesServiceVariable.test(name);
    if (foreign || variables.has(name)) continue;
    throw unknown('variable', name, ' in the environment', [...variables, ...otherVariables]);
  }
  for (const { path, variable, meta } of settings) {
    for (const name of [variable, meta.alias]) {
      const value = name === undefined ? undefined : env[name];
      if (name === undefined || value === undefined || value === '') continue;
      layer.set(path, { value, origin: { kind: 'environment', name } });
      break;
    }
  }
  return layer;
}

type FlagLayer = Readonly<{ layer: Layer; configFile: string | undefined; rest: readonly string[] }>;

const settingByFlag: ReadonlyMap<string, Setting> = new Map(settings.flatMap((setting) => setting.flags.map((flag) => [flag, setting])));

/** Reads `--store.memoryBytes 1GiB`; operands and the command's own boolean flags come back as `rest`. */
export function flagLayer(argv: readonly string[], commandFlags: readonly string[]): FlagLayer {
  const layer = new Map<string, { value: unknown; origin: Origin }>();
  const rest: string[] = [];
  let configFile: string | undefined;
  const flags = ['config', ...settingByFlag.keys()];
  const options = {
    ...Object.fromEntries(flags.map((flag) => [flag, { type: 'string' as const }])),
    ...Object.fromEntries(commandFlags.map((flag) => [flag, { type: 'boolean' as const }])),
  };
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') rest.push(token.value);
    if (token.kind !== 'option') continue;
    if (commandFlags.includes(token.name)) {
      rest.push(token.rawName);
      continue;
    }
    const setting = settingByFlag.get(token.name);
    if (setting === undefined && token.name !== 'config') {
      throw unknown(
        'flag',
        token.rawName,
        '',
        [...flags, ...commandFlags].map((flag) => `--${flag}`),
      );
    }
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))) {
      throw new AppError('bad_config', `${token.rawName} needs a value, as in ${token.rawName} VALUE.`);
    }
    if (setting === undefined) configFile = token.value;
    else
      layer.set(setting.path, {
        value: joinLists(layer.get(setting.path)?.value, token.value, setting),
        origin: flagOrigin(token.rawName),
      });
  }
  return { layer, configFile, rest };
}

const flagOrigin = (name: string): Origin => ({ kind: 'flag', name });

/** A list flag that is given twice adds to the list; any other flag replaces. */
const joinLists = (before: unknown, value: string, setting: Setting) =>
  typeof before === 'string' && Array.isArray(setting.defaultValue) ? `${before},${value}` : value;

/** Makes the paths in a validated value absolute, relative to `base`. */
export function absolutePaths(value: unknown, setting: Setting, base: string): unknown {
  const absolute = (path: unknown) => {
    // An empty path stands for none.
    if (typeof path !== 'string' || path === '' || isAbsolute(path)) return path;
    if (setting.meta.path === 'pattern' && (!path.includes('/') || path.startsWith('**'))) return path;
    return resolve(base, path);
  };
  if (setting.meta.path === undefined) return value;
  return Array.isArray(value) ? value.map(absolute) : absolute(value);
}
