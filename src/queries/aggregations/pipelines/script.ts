import { illegalArgument, unsupported } from '../../../lib/elasticsearch-errors.ts';
import { isObject } from '../params.ts';

export type Script = Readonly<{ source: string; params: ReadonlyMap<string, number> }>;

/** `"…"` or `{source, params, lang}`. */
export function scriptOf(json: unknown, name: string): Script {
  if (typeof json === 'string') return { source: json, params: new Map() };
  if (!isObject(json)) throw illegalArgument(`Required one of fields [script], but none were specified for aggregation [${name}]`);
  const { source = json.inline, lang = 'painless', params } = json;
  if (json.id !== undefined) throw unsupported(`Stored scripts are not supported; put the [source] into aggregation [${name}]`);
  if (lang !== 'painless' && lang !== 'expression') throw illegalArgument(`script_lang not supported [${String(lang)}]`);
  if (typeof source !== 'string') throw illegalArgument(`must specify [source] for a script in aggregation [${name}]`);
  const numbers = Object.entries(isObject(params) ? params : {}).flatMap(([key, value]): [string, number][] =>
    typeof value === 'number' || typeof value === 'boolean' ? [[key, Number(value)]] : [],
  );
  return { source, params: new Map(numbers) };
}
