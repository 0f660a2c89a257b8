import { checkBlocks, onlyBlocks, putMapping, putSettings } from '../../../catalogue/change-indices.ts';
import { effectiveMapping } from '../../../catalogue/effective-mapping.ts';
import { matchesPattern } from '../../../catalogue/name-pattern.ts';
import { flattenSettings } from '../../../catalogue/settings.ts';
import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';
import { defaultSettings, reportedSettings, settingsAnswer, withDiscovered } from './index-answers.ts';
import { acknowledged, indicesOf } from './index-expression.ts';

/** `_mapping`, `_mapping/field` and `_settings`. */
export function addMappingEndpoints(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { catalogue } = ports;

  /** The mappings of the indices in the path, with the fields that documents brought. */
  const mappings = async (call: Call) => {
    const records = indicesOf(call, ports);
    const found = await ports.discoveredFields(records.map(({ name }) => name));
    return records.map((record) => ({ name: record.name, mapping: withDiscovered(record.mappings, found.get(record.name) ?? []) }));
  };

  routes.on('GET', ['/_mapping', '/_mappings', '/:index/_mapping', '/:index/_mappings', '/:index/_mapping/_doc'], async (call) => {
    return { json: Object.fromEntries((await mappings(call)).map(({ name, mapping }) => [name, { mappings: mapping }])) };
  });

  routes.on('GET', ['/_mapping/field/:fields', '/:index/_mapping/field/:fields'], async (call) => {
    const patterns = call.requiredParam('fields').split(',');
    const answer = (await mappings(call)).map(({ name, mapping }) => {
      const fields = [...effectiveMapping(mapping).fields.values()].filter(({ path }) =>
        patterns.some((pattern) => matchesPattern(pattern, path)),
      );
      const entries = fields.map(({ path, definition }) => [
        path,
        { full_name: path, mapping: { [path.slice(path.lastIndexOf('.') + 1)]: definition } },
      ]);
      return [name, { mappings: Object.fromEntries(entries) }];
    });
    return { json: Object.fromEntries(answer) };
  });

  routes.on(['PUT', 'POST'], ['/:index/_mapping', '/:index/_mappings', '/:index/_mapping/_doc', '/_mapping'], async (call) => {
    const body = call.requiredObject();
    const names = existing(call, ports);
    await catalogue.change((draft) => putMapping(draft, names, body));
    return acknowledged;
  });

  routes.on('GET', ['/_settings', '/_settings/:name', '/:index/_settings', '/:index/_settings/:name'], (call) => {
    const flat = call.flag('flat_settings');
    const name = call.param('name');
    const entries = indicesOf(call, ports).map((record) => {
      const settings = reportedSettings(record, options.version);
      const missing = Object.fromEntries(Object.entries(defaultSettings).filter(([key]) => !(key in settings)));
      const defaults = call.flag('include_defaults') ? { defaults: settingsAnswer(missing, flat, name) } : {};
      return [record.name, { settings: settingsAnswer(settings, flat, name), ...defaults }];
    });
    return { json: Object.fromEntries(entries) };
  });

  routes.on('PUT', ['/_settings', '/:index/_settings'], async (call) => {
    const update = flattenSettings(call.requiredObject());
    if (Object.keys(update).length === 0) throw illegalArgument('Validation Failed: 1: no settings to update;');
    const names = existing(call, ports);
    await catalogue.change((draft) => {
      for (const name of onlyBlocks(update) ? [] : names) {
        const record = draft.get('index', name);
        if (record) checkBlocks(record);
      }
      putSettings(draft, names, update, call.flag('preserve_existing'));
    });
    return acknowledged;
  });

  routes.on('PUT', '/:index/_block/:block', async (call) => {
    const block = call.requiredParam('block');
    if (!['metadata', 'read', 'read_only', 'write'].includes(block)) throw illegalArgument(`No block found with name ${block}`);
    const names = existing(call, ports);
    await catalogue.change((draft) => putSettings(draft, names, { [`index.blocks.${block}`]: 'true' }));
    return { json: { acknowledged: true, shards_acknowledged: true, indices: names.map((name) => ({ name, blocked: true })) } };
  });
}

/** Names of the indices to change; naming none by an exact name is an error, a pattern may match nothing. */
function existing(call: Call, ports: AdministrationPorts): readonly string[] {
  const names = indicesOf(call, ports).map(({ name }) => name);
  if (names.length === 0 && !(call.param('index') ?? '*').includes('*')) {
    throw elasticsearchError('index_not_found_exception', `no such index [${call.param('index')}]`, { code: 'not_found' });
  }
  return names;
}
