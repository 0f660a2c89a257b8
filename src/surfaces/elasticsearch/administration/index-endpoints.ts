import { randomUUID } from 'node:crypto';
import { checkBlocks, createIndex, deleteIndices, parseCreateBody, setOpen } from '../../../catalogue/change-indices.ts';
import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import { readOptions } from '../read-options.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';
import { aliasesAnswer, reportedSettings, settingsAnswer, withDiscovered } from './index-answers.ts';
import { acknowledged, indicesOf, shards } from './index-expression.ts';

/** Create, delete, get, open, close, refresh, flush and merge of indices. */
export function addIndexEndpoints(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { catalogue } = ports;

  routes.on('PUT', '/:index', async (call) => {
    const name = call.requiredParam('index');
    const body = parseCreateBody(call.object());
    const record = await catalogue.change((draft) => createIndex(draft, { name, body }));
    return { json: { acknowledged: true, shards_acknowledged: true, index: record.name } };
  });

  routes.on('DELETE', '/:index', async (call) => {
    await catalogue.change((draft) => {
      const named = catalogue.selectNames(
        call.requiredParam('index'),
        readOptions(call, { allowClosed: true, expandWildcards: 'open,closed' }),
      );
      const alias = named.find(({ kind, name }) => kind === 'alias' && explicit(call, name));
      if (alias) {
        throw illegalArgument(
          `The provided expression [${alias.name}] matches an alias, specify the corresponding concrete indices instead.`,
        );
      }
      const stream = named.find(({ kind, name }) => kind === 'data_stream' && explicit(call, name));
      if (stream)
        throw illegalArgument(
          `The provided expression [${stream.name}] matches a data stream; delete it with DELETE /_data_stream/${stream.name}`,
        );
      const names = named.filter(({ kind }) => kind === 'index').map(({ name }) => name);
      for (const name of names) {
        const record = draft.get('index', name);
        if (record) checkBlocks(record);
      }
      deleteIndices(draft, names);
    });
    return acknowledged;
  });

  routes.on('GET', '/:index', async (call) => {
    const records = indicesOf(call, ports);
    const flat = call.flag('flat_settings');
    const found = await ports.discoveredFields(records.map(({ name }) => name));
    const answer = records.map((record) => [
      record.name,
      {
        aliases: aliasesAnswer(record.aliases),
        mappings: withDiscovered(record.mappings, found.get(record.name) ?? []),
        settings: settingsAnswer(reportedSettings(record, options.version), flat),
        ...(record.dataStream === undefined ? {} : { data_stream: record.dataStream }),
      },
    ]);
    return { json: Object.fromEntries(answer) };
  });

  for (const open of [true, false]) {
    routes.on('POST', open ? '/:index/_open' : '/:index/_close', async (call) => {
      const names = indicesOf(call, ports).map(({ name }) => name);
      await catalogue.change((draft) => setOpen(draft, names, open));
      const indices = Object.fromEntries(names.map((name) => [name, { closed: true }]));
      return { json: { acknowledged: true, shards_acknowledged: true, ...(open ? {} : { indices }) } };
    });
  }

  const refreshing = async (call: Call) => {
    const records = indicesOf(call, ports, {});
    await ports.refresh();
    return { json: { _shards: shards(records.length) } };
  };
  routes.on(['GET', 'POST'], ['/_refresh', '/:index/_refresh', '/_flush', '/:index/_flush'], refreshing);
  // There are no caches of an index to clear; the answer says so by being true at once.
  routes.on('POST', ['/_cache/clear', '/:index/_cache/clear'], (call) => ({
    json: { _shards: shards(indicesOf(call, ports, {}).length) },
  }));

  addForceMerge(routes, ports);
}

function explicit(call: Call, name: string): boolean {
  return (call.param('index') ?? '').split(',').includes(name);
}

type Task = { done: boolean; error?: unknown; startedMillis: number };
const maxTasks = 100;

function addForceMerge(routes: Routes, ports: AdministrationPorts): void {
  const tasks = new Map<string, Task>();

  routes.on('POST', ['/_forcemerge', '/:index/_forcemerge'], async (call) => {
    const segments = call.integer('max_num_segments', -1);
    if (segments !== -1 && segments < 1) throw illegalArgument(`[max_num_segments] must be a positive integer, found [${segments}]`);
    const expunge = call.flag('only_expunge_deletes');
    if (expunge && segments !== -1)
      throw illegalArgument(
        'cannot set only_expunge_deletes and max_num_segments at the same time, those two parameters are mutually exclusive',
      );
    const names = indicesOf(call, ports, {}).map(({ name }) => name);
    const merge = names.length === 0 ? Promise.resolve() : ports.forceMerge(names);
    if (call.flag('wait_for_completion', true)) {
      await merge;
      return { json: { _shards: shards(names.length) } };
    }
    const id = `${ports.identity.nodeId}:${randomUUID()}`;
    const task: Task = { done: false, startedMillis: ports.catalogue.nowMillis };
    tasks.set(id, task);
    if (tasks.size > maxTasks) tasks.delete(tasks.keys().next().value as string);
    merge.then(
      () => {
        task.done = true;
      },
      (error: unknown) => {
        task.done = true;
        task.error = error;
      },
    );
    return { json: { task: id } };
  });

  routes.on('GET', '/_tasks', () => ({ json: { nodes: {} } }));
  routes.on('GET', '/_tasks/:task', (call) => {
    const id = call.requiredParam('task');
    const task = tasks.get(id);
    if (!task)
      throw elasticsearchError('resource_not_found_exception', `task [${id}] isn't running and hasn't stored its results`, {
        code: 'not_found',
      });
    const error = task.error === undefined ? {} : { error: { type: 'exception', reason: String(task.error) } };
    return {
      json: {
        completed: task.done,
        task: { node: ports.identity.nodeId, action: 'indices:admin/forcemerge', start_time_in_millis: task.startedMillis },
        ...error,
      },
    };
  });
}
