import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { absolutePaths, type Environment, environmentLayer, fileLayer, flagLayer, type Layer, type Origin } from './layers.ts';
import { isLoopback } from './loopback.ts';
import { type Config, configSchema } from './schema.ts';
import { settingByPath, settings } from './setting-list.ts';

export type { Environment, Origin } from './layers.ts';
export type { Config } from './schema.ts';

export type LoadedConfig = Readonly<{
  config: Config;
  /** Where each setting was set, by its path (`http.port`). */
  sources: Readonly<Record<string, Origin>>;
  /** The config file that was read. */
  file: string | undefined;
  /** Operands, and the flags that the command named as its own. */
  rest: readonly string[];
}>;

export type LoadOptions = Readonly<{
  /** What follows the command's name. */
  argv: readonly string[];
  env?: Environment;
  cwd?: string;
  /** Boolean flags of the command itself, without dashes; they come back in `rest`. */
  commandFlags?: readonly string[];
}>;

/**
 * The effective settings: defaults < config file < environment < flags. The config file is `--config`, else
 * `MESHSCOPE_CONFIG`, else `meshscope.json` in the working folder, else in the data folder.
 * @throws AppError `bad_config`, with the setting and the place that set it.
 */
export function loadConfig({ argv, env = process.env, cwd = process.cwd(), commandFlags = [] }: LoadOptions): LoadedConfig {
  const flags = flagLayer(argv, commandFlags);
  const environment = environmentLayer(env);
  const named = flags.configFile ?? (env.MESHSCOPE_CONFIG || undefined);
  const data = flags.layer.get('data')?.value ?? environment.get('data')?.value ?? settingByPath.get('data')?.defaultValue;
  const file =
    named === undefined
      ? [resolve(cwd, 'meshscope.json'), resolve(cwd, String(data), 'meshscope.json')].find((path) => existsSync(path))
      : resolve(cwd, named);
  const layers = [...(file === undefined ? [] : [readConfigFile(file)]), environment, flags.layer];
  const { config, sources } = assemble(layers, (origin) => (origin.kind === 'file' ? dirname(origin.name) : cwd));
  return { config, sources, file, rest: flags.rest };
}

/** The settings of a start without config file, variables and flags. */
export const defaultConfig = (cwd: string): LoadedConfig => ({ ...assemble([], () => cwd), file: undefined, rest: [] });

function readConfigFile(file: string): Layer {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new AppError('bad_config', `The config file ${file} cannot be read: ${reason(error)}`, { cause: error });
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new AppError('bad_config', `The config file ${file} is not JSON: ${reason(error)}${lineOf(error, text)}`, { cause: error });
  }
  return fileLayer(content, file);
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** V8 names the position in characters; people look for lines. */
function lineOf(error: unknown, text: string): string {
  const position = /at position (\d+)/.exec(reason(error))?.[1];
  return position === undefined ? '' : ` (line ${text.slice(0, Number(position)).split('\n').length})`;
}

function assemble(layers: readonly Layer[], baseOf: (origin: Origin) => string) {
  const origins = new Map<string, Origin>(settings.map(({ path }) => [path, { kind: 'default', name: '' }]));
  const raw: Record<string, unknown> = {};
  for (const { path } of settings) {
    const [section, key] = path.split('.') as [string, string | undefined];
    if (key !== undefined) raw[section] ??= {};
    for (const layer of layers) {
      const set = layer.get(path);
      if (set === undefined) continue;
      origins.set(path, set.origin);
      if (key === undefined) raw[section] = set.value;
      else (raw[section] as Record<string, unknown>)[key] = set.value;
    }
  }
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) {
    throw new AppError('bad_config', [...new Set(parsed.error.issues.map((issue) => describeIssue(issue, origins, layers)))].join('\n'));
  }
  const config = deepFreeze(derive(withAbsolutePaths(parsed.data, (path) => baseOf(origins.get(path) as Origin))));
  checkExposure(config, origins);
  return { config, sources: Object.freeze(Object.fromEntries(origins)) };
}

function describeIssue(issue: z.core.$ZodIssue, origins: ReadonlyMap<string, Origin>, layers: readonly Layer[]): string {
  const path = issue.path.slice(0, 2).join('.');
  const setting = settingByPath.get(path) ?? settingByPath.get(String(issue.path[0]));
  if (setting === undefined) return `${path}: ${issue.message}`;
  const origin = origins.get(setting.path) as Origin;
  const value = JSON.stringify(layers.findLast((layer) => layer.has(setting.path))?.get(setting.path)?.value) ?? '';
  const given = setting.meta.secret || setting.meta.secretInUrl ? '' : `, not ${value.slice(0, 80)}`;
  return `${setting.path} ${issue.message}${given} (set by ${origin.name})`;
}

function withAbsolutePaths(config: z.output<typeof configSchema>, baseOf: (path: string) => string): z.output<typeof configSchema> {
  const result: Record<string, unknown> = { ...config };
  for (const setting of settings.filter(({ meta }) => meta.path !== undefined)) {
    const [section, key] = setting.path.split('.') as [string, string | undefined];
    const value = result[section];
    if (key === undefined) result[section] = absolutePaths(value, setting, baseOf(setting.path));
    else
      result[section] = {
        ...(value as object),
        [key]: absolutePaths((value as Record<string, unknown>)[key], setting, baseOf(setting.path)),
      };
  }
  return result as z.output<typeof configSchema>;
}

/** Fills the defaults that depend on other settings. */
function derive(config: z.output<typeof configSchema>): z.output<typeof configSchema> {
  const { forward, http, otlp, redis, tracing } = config;
  const host = forward.host !== '' ? forward.host : forward.sharedKey !== '' ? http.host : '127.0.0.1';
  return {
    ...config,
    forward: { ...forward, host },
    otlp: { ...otlp, host: otlp.host === '' ? http.host : otlp.host },
    tracing: { ...tracing, exporters: tracing.exporters || (redis.enabled ? 'console' : 'none') },
  };
}

/** A server that others can reach must ask for credentials. */
function checkExposure(config: Config, origins: ReadonlyMap<string, Origin>): void {
  const setBy = (path: string) => origins.get(path)?.name || 'the default';
  const { http, forward, otlp } = config;
  if ((http.username === '') !== (http.password === '')) {
    const missing = http.username === '' ? 'http.username' : 'http.password';
    throw new AppError('bad_config', `${missing} is not set, but its other half is. Set both, or neither.`);
  }
  if (!isLoopback(http.host) && http.password === '') {
    throw new AppError(
      'bad_config',
      `http.host is ${http.host} (set by ${setBy('http.host')}), which other machines can reach. Set MESHSCOPE_HTTP_USERNAME and ` +
        'MESHSCOPE_HTTP_PASSWORD (or http.username and http.password in the config file), or listen on 127.0.0.1.',
    );
  }
  if (!isLoopback(otlp.host) && http.password === '') {
    throw new AppError(
      'bad_config',
      `otlp.host is ${otlp.host} (set by ${setBy('otlp.host')}), which other machines can reach. Set MESHSCOPE_HTTP_USERNAME and ` +
        'MESHSCOPE_HTTP_PASSWORD, or listen on 127.0.0.1.',
    );
  }
  if (!isLoopback(forward.host) && forward.sharedKey === '') {
    throw new AppError(
      'bad_config',
      `forward.host is ${forward.host} (set by ${setBy('forward.host')}), which other machines can reach. Set ` +
        'MESHSCOPE_FORWARD_SHARED_KEY (or forward.sharedKey in the config file), or listen on 127.0.0.1.',
    );
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const item of Object.values(Object.freeze(value))) deepFreeze(item);
  }
  return value;
}
