import { beforeEach, describe, expect, it } from 'vitest';
import { parseJson } from '../lib/json/json-text.ts';
import { processorMillis } from '../lib/testing/processor-millis.ts';
import { Catalogue, type CatalogueStorage, type IndexRows } from './catalogue.ts';
import { createIndex, parseCreateBody, putMapping } from './change-indices.ts';
import { deleteTemplates, putComponentTemplate, putIndexTemplate, putLegacyTemplate } from './change-templates.ts';
import { composeFor } from './compose-template.ts';
import { MemoryStorage } from './memory-storage.ts';
import { matchesPattern, patternsOverlap } from './name-pattern.ts';

const now = Date.UTC(2026, 10, 20, 12);
let storage: MemoryStorage;
let deleted: string[][];
let rows: IndexRows;
let catalogue: Catalogue;
let clock: number;

const open = (withStorage: CatalogueStorage = storage) => Catalogue.open({ storage: withStorage, rows, now: () => clock });
const create = (name: string, body: object = {}) =>
  catalogue.change((draft) => createIndex(draft, { name, body: parseCreateBody(body as never) }));

beforeEach(async () => {
  clock = now;
  storage = new MemoryStorage();
  deleted = [];
  rows = { deleteRows: async (names) => void deleted.push([...names]) };
  catalogue = await open();
});

describe('templates', () => {
  const put = (name: string, body: object, options = {}) =>
    catalogue.change((draft) => putIndexTemplate(draft, name, body as never, options));

  it('composes components in order, then the template, then the request', async () => {
    await catalogue.change((draft) =>
      putComponentTemplate(draft, 'one', {
        template: {
          settings: { refresh_interval: '1s', 'x.one': 1 },
          mappings: { properties: { a: { type: 'text' }, o: { properties: { x: { type: 'long' } } } } },
        },
      }),
    );
    await catalogue.change((draft) =>
      putComponentTemplate(draft, 'two', {
        template: { settings: { refresh_interval: '2s' }, mappings: { properties: { a: { type: 'keyword' } } } },
      }),
    );
    await put('t', {
      index_patterns: ['i-*'],
      composed_of: ['one', 'two'],
      priority: 5,
      template: { mappings: { properties: { o: { properties: { y: { type: 'ip' } } } } }, aliases: { 'all-{index}': {} } },
    });
    await put('low', { index_patterns: ['i*'], priority: 1, template: { settings: { refresh_interval: '9s' } } });
    const record = await create('i-1', { settings: { 'x.own': true } });
    expect(record.settings).toMatchObject({ 'index.refresh_interval': '2s', 'index.x.one': '1', 'index.x.own': 'true' });
    expect(record.mappings).toEqual({
      properties: { a: { type: 'keyword' }, o: { properties: { x: { type: 'long' }, y: { type: 'ip' } } } },
    });
    expect(Object.keys(record.aliases)).toEqual(['all-i-1']);
  });

  it('warns of missing components, or refuses them when strict', async () => {
    const body = { index_patterns: ['m-*'], composed_of: ['a', 'b'] };
    expect(await put('m', body)).toEqual([expect.stringContaining('specifies component templates [a, b] that do not exist')]);
    await expect(put('n', { ...body, index_patterns: ['n-*'] }, { strict: true })).rejects.toMatchObject({
      type: 'invalid_index_template_exception',
    });
    expect(await put('o', { ...body, index_patterns: ['o-*'], ignore_missing_component_templates: ['a', 'b'] }, { strict: true })).toEqual(
      [],
    );
  });

  it('refuses an overlap at the same priority only', async () => {
    await put('one', { index_patterns: ['logs-*'], priority: 1 });
    await expect(put('two', { index_patterns: ['*-app'], priority: 1 })).rejects.toThrow('that have the same priority [1]');
    await put('two', { index_patterns: ['*-app'], priority: 2 });
    await put('one', { index_patterns: ['logs-*'], priority: 1 });
    await expect(put('one', { index_patterns: ['x'] }, { create: true })).rejects.toThrow('already exists');
  });

  it('merges legacy templates by order, where no composable one matches', async () => {
    const legacy = (name: string, body: object) => catalogue.change((draft) => putLegacyTemplate(draft, name, body as never));
    await legacy('b', { index_patterns: ['l-*'], order: 2, settings: { refresh_interval: '2s' } });
    await legacy('a', {
      index_patterns: 'l-*',
      order: 1,
      settings: { refresh_interval: '1s', 'x.a': 1 },
      mappings: { _doc: { properties: { f: { type: 'ip' } } } },
    });
    await legacy('c', {
      index_patterns: ['c-*'],
      priority: 200,
      composed_of: ['gone'],
      template: { settings: { refresh_interval: '5s' } },
      _meta: { d: 1 },
    });
    expect(composeFor(catalogue.state, 'l-1')).toMatchObject({
      settings: { 'index.refresh_interval': '2s', 'index.x.a': '1' },
      mappings: { properties: { f: { type: 'ip' } } },
    });
    expect(composeFor(catalogue.state, 'c-1').settings).toEqual({ 'index.refresh_interval': '5s' });
    await put('legacy-body', { index_patterns: ['l-*'], order: 7, settings: { refresh_interval: '7s' } });
    expect(composeFor(catalogue.state, 'l-1').settings).toEqual({ 'index.refresh_interval': '7s' });
    expect(catalogue.state.index_template.get('legacy-body')?.priority).toBe(7);
  });

  it.each([
    [{}, 'index patterns are missing'],
    [{ index_patterns: ['a'], priority: -1 }, 'priority must be >= 0'],
    [{ index_patterns: ['a'], template: { settings: { number_of_shards: 0 } } }, 'must be >= 1'],
    [{ index_patterns: ['a'], unknown: 1 }, 'unknown field [unknown]'],
    [{ index_patterns: ['a'], template: { mappings: { properties: { x: { type: 'y' } } } } }, 'No handler for type [y]'],
    [{ index_patterns: [5] }, 'list of texts'],
  ])('refuses %j', async (body, reason) => {
    await expect(put('t', body)).rejects.toThrow(reason);
    expect(catalogue.state.index_template.size).toBe(0);
  });

  it('deletes by name and pattern', async () => {
    await put('a1', { index_patterns: ['a1'] });
    await put('a2', { index_patterns: ['a2'] });
    await catalogue.change((draft) => deleteTemplates(draft, 'index_template', 'a*'));
    expect(catalogue.state.index_template.size).toBe(0);
    await expect(catalogue.change((draft) => deleteTemplates(draft, 'index_template', 'a1'))).rejects.toMatchObject({ status: 404 });
  });
});

describe('mappings and settings', () => {
  it('changes several indices or none', async () => {
    await create('a', { mappings: { properties: { f: { type: 'long' } } } });
    await create('b', { mappings: { properties: { f: { type: 'text' } } } });
    const change = (type: string) =>
      catalogue.change((draft) => putMapping(draft, ['a', 'b'], { properties: { g: { type: 'ip' }, f: { type } } }));
    await expect(change('long')).rejects.toThrow('mapper [f] cannot be changed from type [text] to [long]');
    expect(catalogue.mappingOf('a')?.fields.has('g')).toBe(false);
    await expect(
      create('c', { settings: { 'mapping.total_fields.limit': 1 }, mappings: parseJson('{"properties":{"a.b":{"type":"ip"}}}') as object }),
    ).rejects.toThrow('Limit of total fields [1]');
  });
});

describe('name patterns', () => {
  it.each([
    ['a*', 'b*', false],
    ['a*', '*b', true],
    ['logs-*', 'logs-app-*', true],
    ['logs-a*', 'logs-b*', false],
    ['*', 'x', true],
    ['a*c', 'ab', false],
    ['a*c', 'a*b*c', true],
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['*x*', 'y', false],
  ])('%s and %s overlap: %s', (left, right, expected) => {
    expect(patternsOverlap(left, right)).toBe(expected);
    expect(patternsOverlap(right, left)).toBe(expected);
  });

  it('is not slow for many stars', () => {
    expect(processorMillis(() => expect(matchesPattern(`${'*a'.repeat(100)}b`, 'a'.repeat(5000))).toBe(false))).toBeLessThan(1000);
  });
});
