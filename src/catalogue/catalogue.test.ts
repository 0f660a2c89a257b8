import { beforeEach, describe, expect, it } from 'vitest';
import { Catalogue, type CatalogueStorage, type IndexRows } from './catalogue.ts';
import { changeAliases } from './change-aliases.ts';
import { createDataStream, deleteDataStreams, planRollover, rollover } from './change-data-streams.ts';
import { createIndex, deleteIndices, parseCreateBody, putSettings, setOpen } from './change-indices.ts';
import { deleteTemplates, putComponentTemplate, putIndexTemplate } from './change-templates.ts';
import { MemoryStorage } from './memory-storage.ts';
import { flattenSettings } from './settings.ts';

const now = Date.UTC(2026, 10, 20, 12);
let storage: MemoryStorage;
let deleted: string[][];
let rows: IndexRows;
let catalogue: Catalogue;
let clock: number;

const open = (withStorage: CatalogueStorage = storage) => Catalogue.open({ storage: withStorage, rows, now: () => clock });
const create = (name: string, body: object = {}) =>
  catalogue.change((draft) => createIndex(draft, { name, body: parseCreateBody(body as never) }));
const index = { op: 'index' } as const;
const writeTo = (name: string, op: 'index' | 'create' | 'update' | 'delete' = 'index') =>
  catalogue.createForWrite(name, { op }).then((target) => target.index);

beforeEach(async () => {
  clock = now;
  storage = new MemoryStorage();
  deleted = [];
  rows = { deleteRows: async (names) => void deleted.push([...names]) };
  catalogue = await open();
});

describe('changes', () => {
  it('lets one of many concurrent creators win', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => create('logs')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ type: 'resource_already_exists_exception' });
  });

  it('creates once for many concurrent writers', async () => {
    const targets = await Promise.all(Array.from({ length: 50 }, () => writeTo('logs')));
    expect(new Set(targets)).toEqual(new Set(['logs']));
    expect(catalogue.state.index.size).toBe(1);
  });

  it('creates many in one change, whatever is wrong with some of them', async () => {
    const saves: number[] = [];
    catalogue = await open({ load: async () => [], save: async (entries) => void saves.push(entries.length) });
    const names = new Map(
      [...Array.from({ length: 1000 }, (_, number) => `i${number}`), 'Upper', '__proto__'].map((name) => [name, index]),
    );
    await catalogue.createAllForWrite(names);
    expect(saves).toEqual([1000]);
    expect(catalogue.state.index.size).toBe(1000);
    await expect(writeTo('Upper')).rejects.toMatchObject({ type: 'invalid_index_name_exception' });
    await catalogue.createAllForWrite(names);
    expect(saves).toEqual([1000]);
    await catalogue.createAllForWrite(new Map([['logs-a-b', { op: 'create' }]]));
    expect([...catalogue.state.data_stream.keys()]).toEqual(['logs-a-b']);
  });

  it('creates many with large mappings in several changes, and none of a change that is not saved', async () => {
    const saves: number[] = [];
    const failing = { after: 3 };
    catalogue = await open({
      load: async () => [],
      save: async (entries) => {
        if (saves.length === failing.after) throw new Error('disk');
        saves.push(entries.length);
      },
    });
    const properties = Object.fromEntries(
      Array.from({ length: 900 }, (_, number) => [`${'f'.repeat(1000)}${number}`, { type: 'keyword' }]),
    );
    await catalogue.change((draft) => putIndexTemplate(draft, 't', { index_patterns: ['big*'], template: { mappings: { properties } } }));
    const names = new Map(Array.from({ length: 30 }, (_, number) => [`big${number}`, index]));
    await expect(catalogue.createAllForWrite(names)).rejects.toThrow('disk');
    expect([saves.length, catalogue.state.index.size]).toEqual([3, (saves[1] ?? 0) + (saves[2] ?? 0)]);
    expect(catalogue.state.index.size).toBeLessThan(30);
    failing.after = 99;
    await catalogue.createAllForWrite(names);
    expect(catalogue.state.index.size).toBe(30);
  });

  it('shows nothing that is not saved', async () => {
    const failing: CatalogueStorage = { load: async () => [], save: async () => Promise.reject(new Error('disk')) };
    catalogue = await open(failing);
    await expect(create('logs')).rejects.toThrow('disk');
    expect(catalogue.state.index.size).toBe(0);
  });

  it('is the same after a restart', async () => {
    await create('logs', {
      aliases: { a: { filter: { term: { id: 12345678901234567890n } } } },
      mappings: { properties: { x: { type: 'long' } } },
    });
    await create('gone');
    await catalogue.change((draft) => putComponentTemplate(draft, 'c', { template: {} }));
    await catalogue.change((draft) => deleteIndices(draft, ['gone']));
    expect((await open()).state).toEqual(catalogue.state);
    expect((await open()).resolveRead('a')).toEqual([{ index: 'logs', filters: [{ term: { id: 12345678901234567890n } }] }]);
  });

  it('does not let other changes wait for the removal of rows', async () => {
    await create('logs');
    const steps: string[] = [];
    let release: () => void = () => undefined;
    rows.deleteRows = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const deletion = catalogue.change((draft) => deleteIndices(draft, ['logs'])).then(() => steps.push('deleted'));
    await create('other').then(() => steps.push('other'));
    const again = create('logs').then(() => steps.push('again'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual(['other']);
    release();
    await Promise.all([deletion, again]);
    expect([...catalogue.state.index.keys()]).toEqual(['other', 'logs']);
  });

  it('keeps the name of a deleted index until its rows are gone', async () => {
    await create('logs');
    let fail = true;
    rows.deleteRows = async (names) => {
      if (fail) throw new Error('engine');
      deleted.push([...names]);
    };
    await expect(catalogue.change((draft) => deleteIndices(draft, ['logs']))).rejects.toThrow('engine');
    await expect(create('logs')).rejects.toThrow('still being removed');
    const restarted = await open();
    expect([...restarted.state.deletion.keys()]).toEqual(['logs']);
    fail = false;
    await create('logs');
    expect(deleted).toEqual([['logs']]);
    expect(catalogue.state.deletion.size).toBe(0);
  });
});

describe('names', () => {
  it.each(['Logs', 'a b', 'a,b', 'a*', '_a', '-a', '+a', '.', '..', '', 'a#b', 'a:b', 'a/b', 'a"b', 'a|b', 'é'.repeat(128), 'a\u0000b'])(
    'refuses %j',
    async (name) => {
      await expect(create(name)).rejects.toMatchObject({ type: 'invalid_index_name_exception', status: 400 });
      await expect(writeTo(name)).rejects.toMatchObject({ type: 'invalid_index_name_exception' });
    },
  );

  it.each(['constructor', 'a.b', '.hidden', 'é'.repeat(127), '中文'])('accepts %j', async (name) => expect(await writeTo(name)).toBe(name));

  it('evaluates date math when creating, writing and reading', async () => {
    expect(await writeTo('<logs-{now/d}-000001>')).toBe('logs-2026.11.20-000001');
    expect(catalogue.resolveWrite('<logs-{now/d}-000001>', index)?.index).toBe('logs-2026.11.20-000001');
    expect(catalogue.resolveRead('<logs-{now/d}-*>')).toHaveLength(1);
    clock += 86_400_000;
    expect(catalogue.resolveWrite('<logs-{now/d}-000001>', index)).toBeUndefined();
  });
});

describe('writing', () => {
  it('follows an alias to its only or its write index', async () => {
    await create('l-000001', { aliases: { l: { is_write_index: true } } });
    await create('l-000002', { aliases: { l: {} } });
    await create('only', { aliases: { o: {} } });
    expect([await writeTo('l'), await writeTo('o')]).toEqual(['l-000001', 'only']);
  });

  it('refuses an alias without a write index', async () => {
    for (const name of ['a-1', 'a-2']) await create(name, { aliases: { a: {} } });
    await create('b-1', { aliases: { b: { is_write_index: false } } });
    for (const alias of ['a', 'b']) {
      await expect(writeTo(alias)).rejects.toThrow(
        `no write index is defined for alias [${alias}]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index`,
      );
    }
  });

  it('refuses a second write index', async () => {
    await create('a-1', { aliases: { a: { is_write_index: true } } });
    await expect(create('a-2', { aliases: { a: { is_write_index: true } } })).rejects.toThrow(
      'alias [a] has more than one write index [a-1,a-2]',
    );
  });

  it('checks blocks, closed indices and required kinds', async () => {
    await create('i');
    await catalogue.change((draft) => putSettings(draft, ['i'], flattenSettings({ 'blocks.write': true })));
    expect(() => catalogue.resolveWrite('i', index)).toThrow(expect.objectContaining({ type: 'cluster_block_exception', status: 403 }));
    await create('closed');
    await catalogue.change((draft) => setOpen(draft, ['closed'], false));
    expect(() => catalogue.resolveWrite('closed', index)).toThrow(expect.objectContaining({ type: 'index_closed_exception' }));
    expect(() => catalogue.resolveWrite('i', { ...index, requireAlias: true })).toThrow('[require_alias] request flag is [true]');
    await expect(catalogue.createForWrite('new', { op: 'create', requireDataStream: true })).rejects.toThrow('requires a data stream');
    await expect(writeTo('nothing', 'delete')).rejects.toMatchObject({ type: 'index_not_found_exception' });
  });

  it.each([
    ['false', 'x', false],
    ['true', 'x', true],
    ['+a*,-*', 'abc', true],
    ['+a*,-*', 'b', false],
    ['a*', 'b', false],
  ])('auto_create_index %s for %s: %s', async (rule, name, allowed) => {
    await catalogue.change((draft) =>
      draft.put('cluster_settings', 'persistent', { version: 1, modifiedMillis: 0, body: { 'action.auto_create_index': rule } }),
    );
    if (allowed) expect(await writeTo(name)).toBe(name);
    else await expect(writeTo(name)).rejects.toMatchObject({ type: 'index_not_found_exception' });
  });
});

describe('data streams', () => {
  beforeEach(() =>
    catalogue.change((draft) =>
      putIndexTemplate(draft, 't', { index_patterns: 'ds-*', data_stream: {}, template: { settings: { 'lifecycle.name': 'p' } } }),
    ),
  );

  it('is made by the first create', async () => {
    await expect(writeTo('ds-a', 'index')).rejects.toThrow('only write ops with an op_type of create are allowed in data streams');
    expect(await writeTo('ds-a', 'create')).toBe('.ds-ds-a-2026.11.20-000001');
    expect(catalogue.resolveWrite('ds-a', { op: 'create' })).toEqual({ index: '.ds-ds-a-2026.11.20-000001', dataStream: 'ds-a' });
    expect(catalogue.mappingOf('.ds-ds-a-2026.11.20-000001')?.fields.get('@timestamp')?.type).toBe('date');
    expect(catalogue.settingsOf('.ds-ds-a-2026.11.20-000001')).toMatchObject({ 'index.lifecycle.name': 'p' });
    expect(() => catalogue.resolveWrite('.ds-ds-a-2026.11.20-000001', { op: 'create' })).toThrow('backing indices');
  });

  it('rolls over, and keeps its write index', async () => {
    await catalogue.change((draft) => createDataStream(draft, 'ds-a'));
    clock += 86_400_000;
    expect(await catalogue.change((draft) => rollover(draft, planRollover(draft, 'ds-a')))).toBe('.ds-ds-a-2026.11.21-000002');
    expect(catalogue.resolveRead('ds-a').map(({ index }) => index)).toEqual(['.ds-ds-a-2026.11.20-000001', '.ds-ds-a-2026.11.21-000002']);
    await expect(catalogue.change((draft) => deleteIndices(draft, ['.ds-ds-a-2026.11.21-000002']))).rejects.toThrow('write index');
    await catalogue.change((draft) => deleteIndices(draft, ['.ds-ds-a-2026.11.20-000001']));
    expect(catalogue.state.data_stream.get('ds-a')?.indices).toEqual(['.ds-ds-a-2026.11.21-000002']);
    await catalogue.change((draft) => deleteDataStreams(draft, ['ds-a']));
    expect([catalogue.state.index.size, deleted.flat()]).toEqual([0, ['.ds-ds-a-2026.11.20-000001', '.ds-ds-a-2026.11.21-000002']]);
  });

  it('comes from a built-in template only for create', async () => {
    expect(await writeTo('logs-app-default', 'create')).toBe('.ds-logs-app-default-2026.11.20-000001');
    expect(await writeTo('logs-web-default', 'index')).toBe('logs-web-default');
  });

  it('is needed where its template matches', async () => {
    await expect(create('ds-x')).rejects.toThrow('creates data streams only');
    await expect(catalogue.change((draft) => createDataStream(draft, 'other'))).rejects.toThrow('no matching index template found');
    await catalogue.change((draft) => createDataStream(draft, 'ds-a'));
    await expect(catalogue.change((draft) => deleteTemplates(draft, 'index_template', 't'))).rejects.toThrow(
      'in use by a data streams [ds-a]',
    );
  });

  it('can be reached by an alias', async () => {
    await catalogue.change((draft) => createDataStream(draft, 'ds-a'));
    await catalogue.change((draft) => changeAliases(draft, [{ add: { indices: [], dataStreams: ['ds-a'], alias: 'al', properties: {} } }]));
    expect(await writeTo('al', 'create')).toBe('.ds-ds-a-2026.11.20-000001');
    expect(catalogue.resolveRead('al')).toHaveLength(1);
  });
});

describe('rollover of an alias', () => {
  it('moves an explicit write index', async () => {
    await create('<l-{now/d}-000001>', { aliases: { l: { is_write_index: true } } });
    clock += 86_400_000;
    expect(await catalogue.change((draft) => rollover(draft, planRollover(draft, 'l')))).toBe('l-2026.11.21-000002');
    expect([...catalogue.state.index.values()].map(({ name, aliases }) => [name, aliases.l])).toEqual([
      ['l-2026.11.20-000001', { is_write_index: false }],
      ['l-2026.11.21-000002', { is_write_index: true }],
    ]);
  });

  it('swaps an implicit one', async () => {
    await create('l-000009', { aliases: { l: {} } });
    expect(await catalogue.change((draft) => rollover(draft, planRollover(draft, 'l')))).toBe('l-000010');
    expect(catalogue.resolveRead('l').map(({ index }) => index)).toEqual(['l-000010']);
  });

  it.each([
    ['plain', {}, 'plain', 'rollover target is a [concrete index]'],
    ['plain', {}, 'none', 'rollover target [none] does not exist'],
    ['plain', { aliases: { p: {} } }, 'p', "does not match pattern '^.*-\\d+$'"],
  ])('refuses %s %j for %s', async (name, body, target, reason) => {
    await create(name, body);
    await expect(catalogue.change((draft) => rollover(draft, planRollover(draft, target)))).rejects.toThrow(reason);
  });
});

describe('reading', () => {
  beforeEach(async () => {
    await create('logs-1', { aliases: { all: {}, err: { filter: { term: { level: 'ERROR' } } } } });
    await create('logs-2', {
      aliases: { all: {}, err: { filter: { term: { level: 'FATAL' } } }, warn: { filter: { term: { level: 'WARN' } } } },
    });
    await create('other');
    await create('.secret', { settings: { hidden: true } });
    await create('shut');
    await catalogue.change((draft) => setOpen(draft, ['shut'], false));
  });

  it.each([
    [undefined, {}, ['logs-1', 'logs-2', 'other']],
    ['_all', {}, ['logs-1', 'logs-2', 'other']],
    ['logs-*', {}, ['logs-1', 'logs-2']],
    ['logs-*,-logs-1', {}, ['logs-2']],
    ['*,-logs-*', {}, ['other']],
    ['all', {}, ['logs-1', 'logs-2']],
    ['nothing*', {}, []],
    ['missing,other', { ignoreUnavailable: true }, ['other']],
    ['*', { expandWildcards: 'all', allowClosed: true }, ['.secret', 'logs-1', 'logs-2', 'other', 'shut']],
    ['*', { expandWildcards: 'none' }, []],
    ['.s*', {}, ['.secret']],
    ['shut', { ignoreUnavailable: true }, []],
    ['shut', { allowClosed: true }, ['shut']],
  ])('%j with %j is %j', (expression, options, expected) => {
    expect(catalogue.resolveRead(expression, options).map((target) => target.index)).toEqual(expected);
  });

  it.each([
    ['missing', {}, 'index_not_found_exception'],
    ['other,missing', {}, 'index_not_found_exception'],
    ['nothing*', { allowNoIndices: false }, 'index_not_found_exception'],
    ['-logs-1', {}, 'index_not_found_exception'],
    ['shut', {}, 'index_closed_exception'],
    ['_search', {}, 'invalid_index_name_exception'],
    ['*', { expandWildcards: 'some' }, 'illegal_argument_exception'],
    ['constructor', {}, 'index_not_found_exception'],
  ])('%j with %j is %s', (expression, options, type) => {
    expect(() => catalogue.resolveRead(expression, options)).toThrow(expect.objectContaining({ type }));
  });

  it('joins filters of aliases, and drops them for indices named without', () => {
    expect(catalogue.resolveRead('err,warn')).toEqual([
      { index: 'logs-1', filters: [{ term: { level: 'ERROR' } }] },
      { index: 'logs-2', filters: [{ term: { level: 'FATAL' } }, { term: { level: 'WARN' } }] },
    ]);
    expect(catalogue.resolveRead('err,logs-1')[0]).toEqual({ index: 'logs-1', filters: [] });
    expect(catalogue.resolveRead('logs-1,err')[0]).toEqual({ index: 'logs-1', filters: [] });
  });
});

describe('aliases', () => {
  it('moves in one request, all or nothing', async () => {
    await create('a', { aliases: { w: { is_write_index: true } } });
    await create('b');
    const move = (mustExist: string) =>
      catalogue.change((draft) =>
        changeAliases(draft, [
          { add: { indices: ['b'], dataStreams: [], alias: 'w', properties: { is_write_index: true } } },
          { remove: { indices: ['a'], dataStreams: [], alias: mustExist, mustExist: true } },
        ]),
      );
    await expect(move('nothing')).rejects.toMatchObject({ type: 'aliases_not_found_exception', status: 404 });
    expect(await writeTo('w')).toBe('a');
    await move('w');
    expect(await writeTo('w')).toBe('b');
  });

  it.each([['a'], ['_x'], ['x y']])('refuses the name %j', async (alias) => {
    await create('a');
    await expect(
      catalogue.change((draft) => changeAliases(draft, [{ add: { indices: ['a'], dataStreams: [], alias, properties: {} } }])),
    ).rejects.toMatchObject({ type: 'invalid_alias_name_exception' });
  });
});
