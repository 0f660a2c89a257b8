import { beforeEach, describe, expect, it } from 'vitest';
import { Catalogue } from './catalogue.ts';
import { createDataStream } from './change-data-streams.ts';
import { createIndex, parseCreateBody } from './change-indices.ts';
import { putIndexTemplate } from './change-templates.ts';
import { parseLifecyclePolicy } from './lifecycle-policy.ts';
import { MemoryStorage } from './memory-storage.ts';
import { outcomeText, runLifecycle } from './run-lifecycle.ts';

const day = 86_400_000;
const policy = {
  phases: {
    hot: { actions: { rollover: { max_age: '1d', max_size: '50gb', max_docs: 1000 }, set_priority: { priority: 100 } } },
    warm: { min_age: '2d', actions: { readonly: {}, forcemerge: { max_num_segments: 1 } } },
    delete: { min_age: '30d', actions: { delete: {} } },
  },
};

let clock: number;
let deleted: string[];
let merged: string[];
let docs: Map<string, number>;
let catalogue: Catalogue;

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1);
  deleted = [];
  merged = [];
  docs = new Map();
  catalogue = await Catalogue.open({
    storage: new MemoryStorage(),
    rows: { deleteRows: async (names) => void deleted.push(...names) },
    now: () => clock,
  });
  await put('p', policy);
});

const put = (name: string, body: object) =>
  catalogue.change((draft) => draft.put('ilm_policy', name, { version: 1, modifiedMillis: clock, body: body as never }));
const create = (name: string, settings: object, aliases: object = {}) =>
  catalogue.change((draft) => createIndex(draft, { name, body: parseCreateBody({ settings, aliases } as never) }));
const outcomes = () =>
  runLifecycle({
    catalogue,
    sizes: async (names) => new Map(names.map((name) => [name, { docs: docs.get(name) ?? 0, storeBytes: 0 }])),
    forceMerge: async (names) => void merged.push(...names),
  });
const run = async () => (await outcomes()).map(({ action, error }) => `${action.index} ${action.action}${error ? ` ${error}` : ''}`);

describe('an alias with rollover', () => {
  beforeEach(() => create('l-000001', { 'lifecycle.name': 'p', 'lifecycle.rollover_alias': 'l' }, { l: { is_write_index: true } }));

  it('goes through all phases, each action once', async () => {
    expect(await run()).toEqual(['l-000001 settings']);
    expect(await run()).toEqual([]);
    docs.set('l-000001', 5);
    clock += day;
    expect(await run()).toEqual(['l-000001 rollover']);
    expect(catalogue.resolveWrite('l', { op: 'index' })?.index).toBe('l-000002');
    clock += 2 * day;
    expect(await run()).toEqual(['l-000001 enter', 'l-000001 settings', 'l-000001 forcemerge']);
    expect(merged).toEqual(['l-000001']);
    expect(catalogue.settingsOf('l-000001')).toMatchObject({ 'index.blocks.write': 'true', 'index.priority': '100' });
    expect(await run()).toEqual([]);
    clock += 27 * day;
    expect(await run()).toEqual([]);
    clock += day;
    expect(await run()).toEqual(['l-000001 delete']);
    expect([deleted, [...catalogue.state.index.keys()]]).toEqual([['l-000001'], ['l-000002']]);
  });

  it('rolls over by count, and never when empty', async () => {
    await run();
    clock += 10 * day;
    expect(await run()).toEqual([]);
    clock -= 10 * day;
    docs.set('l-000001', 1000);
    expect(await run()).toEqual(['l-000001 rollover']);
  });

  it('does nothing while stopped', async () => {
    await catalogue.change((draft) =>
      draft.put('cluster_settings', 'ilm', { version: 1, modifiedMillis: 0, body: { operation_mode: 'STOPPED' } }),
    );
    expect(await run()).toEqual([]);
  });
});

it('deletes by age of creation where there is no rollover', async () => {
  await put('short', { phases: { delete: { min_age: '7d', actions: { delete: {} } } } });
  await create('old', { 'lifecycle.name': 'short' });
  clock += 7 * day - 1;
  expect(await run()).toEqual([]);
  clock += 1;
  expect(await run()).toEqual(['old delete']);
});

it.each([
  [{ 'lifecycle.name': 'p' }, {}, 'setting [index.lifecycle.rollover_alias] for index [i-1] is empty or not defined'],
  [{ 'lifecycle.name': 'p', 'lifecycle.rollover_alias': 'a' }, {}, 'does not point to index [i-1]'],
  [{ 'lifecycle.name': 'p', 'lifecycle.rollover_alias': 'a' }, { a: { is_write_index: false } }, 'is not the write index'],
  [{ 'lifecycle.name': 'gone' }, {}, 'policy [gone] does not exist'],
])('says and remembers why %j cannot go on, once', async (settings, aliases, reason) => {
  await create('i-1', settings, aliases);
  expect((await outcomes()).map(outcomeText)).toContainEqual(expect.stringContaining(reason));
  expect(catalogue.state.index.get('i-1')?.lifecycle?.failure).toContain(reason);
  expect(await run()).toEqual([]);
});

it('replaces the write index of a data stream before deleting it', async () => {
  await put('short', { phases: { delete: { min_age: '7d', actions: { delete: {} } } } });
  await catalogue.change((draft) =>
    putIndexTemplate(draft, 't', { index_patterns: 'ds', data_stream: {}, template: { settings: { 'lifecycle.name': 'short' } } }),
  );
  await catalogue.change((draft) => createDataStream(draft, 'ds'));
  clock += 7 * day;
  expect(await run()).toEqual(['.ds-ds-2026.01.01-000001 rollover']);
  clock += 7 * day;
  expect(await run()).toContain('.ds-ds-2026.01.01-000001 delete');
});

describe('parseLifecyclePolicy', () => {
  it.each([
    [{}, '[phases]'],
    [{ phases: { luke: {} } }, 'does not support phase [luke]'],
    [{ phases: { hot: { actions: { delete: {} } } } }, 'invalid action [delete] defined in phase [hot]'],
    [{ phases: { cold: { actions: { searchable_snapshot: {} } } } }, 'action [searchable_snapshot] in phase [cold] is not supported'],
    [{ phases: { warm: { actions: { downsample: {} } } } }, 'is not supported'],
    [{ phases: { cold: { actions: { freeze: {} } } } }, 'is not supported'],
    [{ phases: { warm: { actions: { allocate: {} } } } }, 'is not supported'],
    [{ phases: { hot: { actions: { rollover: {} } } } }, 'At least one max_*'],
    [{ phases: { hot: { actions: { rollover: { max_age: 'soon' } } } } }, 'failed to parse rollover condition [max_age]'],
    [{ phases: { hot: { actions: { rollover: { max_moons: 3 } } } } }, 'At least one max_*|unknown field [max_moons]'],
    [{ phases: { delete: { min_age: 'x' } } }, 'failed to parse setting [min_age]'],
    [{ phases: { warm: { actions: { forcemerge: {} } } } }, 'max_num_segments'],
  ])('refuses %j', (body, reason) => {
    const message = (() => {
      try {
        parseLifecyclePolicy(body as never);
        return '';
      } catch (error) {
        return String(error);
      }
    })();
    expect(reason.split('|').some((part) => message.includes(part))).toBe(true);
  });
});
