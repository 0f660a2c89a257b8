import { z } from 'zod';
import type { SettingMeta } from '../lib/setting.ts';
import { configSchema } from './schema.ts';

export type Setting = Readonly<{
  /** `store.memoryBytes`; the names of the variable and the flag follow from it. */
  path: string;
  variable: string;
  /** The flag and its short forms, without dashes. */
  flags: readonly string[];
  description: string;
  defaultValue: unknown;
  meta: SettingMeta;
}>;

const shortFlags: Readonly<Record<string, readonly string[]>> = {
  'http.port': ['port'],
  'http.host': ['host'],
  conventionalPorts: ['conventional-ports'],
};

const variableName = (path: string) =>
  `MESHSCOPE_${path
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

function settingsOf(schema: z.ZodObject, prefix: string): Setting[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const path = `${prefix}${key}`;
    if (field instanceof z.ZodObject) return settingsOf(field, `${path}.`);
    if (!(field instanceof z.ZodDefault)) throw new Error(`BUG: the setting ${path} has no default`);
    const inner = z.globalRegistry.get(field.unwrap() as z.ZodType) ?? {};
    const { description = '', ...meta } = { ...inner, ...field.meta() };
    return [
      {
        path,
        variable: variableName(path),
        flags: [path, ...(shortFlags[path] ?? [])],
        description,
        defaultValue: field.def.defaultValue,
        meta,
      },
    ];
  });
}

/** Every setting, in the order of the schema. */
export const settings: readonly Setting[] = settingsOf(configSchema, '');

export const settingByPath: ReadonlyMap<string, Setting> = new Map(settings.map((setting) => [setting.path, setting]));
