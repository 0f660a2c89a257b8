import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { effectiveMapping } from '../../catalogue/effective-mapping.ts';
import { parseJson } from '../../lib/json/json-text.ts';
import { logAliases, logFields } from '../../model/log-fields.ts';
import { analyze } from '../filter/analyze.ts';
import { toCondition } from '../filter/condition.ts';
import { parseQuery } from '../filter/parse-query.ts';
import { termQuery } from '../filter/query.ts';
import { LogTable } from '../search/testing/log-table.ts';
import { createDiscoveredFields, reportedType } from './discovered-fields.ts';
import { canonicalName, otherNames } from './field-names.ts';
import { createFieldsOfIndices, type FieldsOfIndices } from './fields-of-indices.ts';

let table: LogTable;
let fieldsOf: FieldsOfIndices;
const mapping = effectiveMapping({
  properties: {
    msg: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 8 } } },
    agent: { properties: { name: { type: 'keyword' } } },
    where: { type: 'alias', path: 'agent.name' },
    created: { type: 'date', format: 'yyyy-MM-dd||epoch_millis' },
  },
});
beforeAll(async () => {
  table = await LogTable.open();
  fieldsOf = createFieldsOfIndices({
    engine: table.engine,
    dataVersion: () => table.version,
    catalogue: { mappingOf: (index) => (index === 'mapped' ? mapping : undefined) },
  });
});
afterAll(() => table.close());

async function rowsWith(index: string, name: string, value: string | number | bigint | boolean): Promise<number[]> {
  const fields = await fieldsOf([index]);
  const condition = toCondition({ ...termQuery(name, value), lenient: true }, fields, { now: 0 });
  const rows = await table.engine.select(`SELECT _row FROM logs WHERE _index = '${index}' AND ${condition} ORDER BY _row`);
  return rows.map((row) => Number(row._row));
}

async function load(index: string, documents: readonly unknown[]): Promise<void> {
  await table.load(documents.map((document) => ({ index, text: typeof document === 'string' ? document : JSON.stringify(document) })));
}

describe('fields', () => {
  it('of each name, place and type are found by a term', async () => {
    await load('places', [
      { level: 'ERROR', agent: { name: 'weather-agent' } },
      { level: 'ERROR', agent: { name: 'other', nick: null } },
      { 'agent.name': 'dotted' },
      { severity_text: 'FATAL', k8s: { pod: { name: 'p-1' } } },
      { 'k8s.pod.name': 'p-2' },
      { kubernetes: { pod_name: 'p-3', labels: { app: 'x', 'app.kubernetes.io/name': 'y' } } },
      { request: { params: { location: 'Paris', days: 7, deep: { er: 1.5 }, on: true, list: ['a', 'b'], none: null } } },
      { request: { params: { location: 'Rome', items: [{ k: 1 }, { k: 2 }] } }, x: null },
      { level: ['WARN', 'x'] },
      { metrics: { count: 1.5, size_bytes: '12' } },
      { msg: 'from msg', message: 'from message' },
      { message: 'only message' },
    ]);
    const expected: [string, string | number | boolean, number[]][] = [
      ['level', 'ERROR', [0, 1]],
      ['agent.name', 'weather-agent', [0]],
      ['agent.name.keyword', 'other', [1]],
      ['agent.name', 'dotted', [2]],
      ['level', 'FATAL', [3]],
      ['severity_text', 'FATAL', [3]],
      ['kubernetes.pod_name', 'p-1', [3]],
      ['kubernetes.pod_name', 'p-2', [4]],
      ['k8s.pod.name', 'p-3', [5]],
      ['kubernetes.labels.app', 'x', [5]],
      ['kubernetes.labels.app.kubernetes.io/name', 'y', [5]],
      ['request.params.location', 'Paris', [6]],
      ['request.params.location', 'Rome', [7]],
      ['request.params.days', 7, [6]],
      ['request.params.days', 8, []],
      ['request.params.deep.er', 1.5, [6]],
      ['request.params.on', true, [6]],
      ['request.params.list', 'b', [6]],
      ['request.params.items.k', 2, [7]],
      ['level', 'WARN', [8]],
      ['metrics.count', 1.5, [9]],
      ['metrics.count', 1, []],
      ['metrics.size_bytes', 12, [9]],
      ['message', 'from message', [10]],
      ['msg', 'from msg', [10]],
      ['message', 'only message', [11]],
      ['msg', 'only message', [11]],
      ['nothing.here', 'x', []],
    ];
    const found = await Promise.all(expected.map(async ([name, value]) => [name, value, await rowsWith('places', name, value)]));
    expect(found).toEqual(expected);
  });

  it('take type, sub-fields, aliases and formats from the mapping', async () => {
    await load('mapped', [{ msg: 'a message too long', agent: { name: 'a' }, created: '2026-11-20' }]);
    const fields = await fieldsOf(['mapped']);
    expect(fields.find('msg')).toMatchObject({ type: 'text', terms: 'tokens' });
    expect(fields.find('msg.keyword')).toMatchObject({ type: 'keyword', terms: 'exact', ignoreAbove: 8 });
    expect(fields.find('where')).toMatchObject({ type: 'keyword', readings: fields.find('agent.name').readings });
    expect(fields.find('created')).toMatchObject({ type: 'date', dateFormat: 'yyyy-MM-dd' });
    expect(fields.find('agent')).toMatchObject({ type: 'object', readings: [] });
    expect(fields.find('@timestamp')).toMatchObject({ name: 'timestamp', type: 'date' });
    expect(fields.matching('a*').map(({ name }) => name)).toEqual(['agent.name']);
    expect(await rowsWith('mapped', 'msg', 'message')).toEqual([0]);
    expect(await rowsWith('mapped', 'msg.keyword', 'a message too long')).toEqual([]);
  });

  it('report the types that dynamic mapping would give', async () => {
    await load('types', [
      { n: 1, f: 1, b: true, s: 'x', big: '18446744073709551615', mixed: 1, tags: ['a'], request: { params: { days: 7 } } },
      '{"n":2,"f":1.5,"b":false,"s":"y","big":18446744073709551615,"mixed":"x","tags":"b"}',
    ]);
    const fields = await fieldsOf(['types']);
    const types = Object.fromEntries(fields.matching('*').map((field) => [field.name, `${field.type} ${field.terms}`]));
    expect(types).toEqual({
      n: 'long exact',
      f: 'double exact',
      b: 'boolean exact',
      s: 'keyword both',
      big: 'keyword both',
      mixed: 'keyword both',
      tags: 'keyword both',
      'request.params': 'object exact',
      'request.params.days': 'long exact',
      timestamp: 'date exact',
    });
  });

  const key = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
    fc.constantFrom(
      'a',
      'b',
      'a.b',
      '__proto__',
      'constructor',
      ' ',
      'é',
      '日本',
      '"',
      '\\',
      '`',
      "'",
      'x[]',
      '^a',
      'a:b',
      '.:`Int64`',
      '*x',
    ),
  );
  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map((text) => JSON.stringify(text)),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((value) => JSON.stringify(value)),
    fc.boolean().map(String),
    fc.constantFrom('null', '"word"', '12345678901234567890'),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, scalar, scalar, tie('array'), tie('object')) as fc.Arbitrary<string>,
    // Two of them, because a flattened document shows an array of one value as that value.
    array: fc.array(tie('value') as fc.Arbitrary<string>, { maxLength: 3 }).map((items) => `["one","two",${items.concat('3').join(',')}]`),
    object: fc
      .uniqueArray(fc.tuple(key, tie('value') as fc.Arbitrary<string>), { maxLength: 3, selector: ([name]) => name })
      .map((members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`),
  }));
  const known = [...logFields.map((field) => field.path), ...Object.values(logAliases).flat()].filter(
    (name) => !['@timestamp', 'time', 'ts'].includes(name),
  );
  const member = fc.oneof(
    fc.tuple(key, value as fc.Arbitrary<string>).map(([name, text]) => [name, text] as const),
    fc.tuple(fc.constantFrom(...known), value as fc.Arbitrary<string>).map(([path, text]) => {
      const [top, ...inner] = path.split('.') as [string, ...string[]];
      return [top, inner.reduceRight((below, name) => `{${JSON.stringify(name)}:${below}}`, text)] as const;
    }),
  );
  const document = fc
    .uniqueArray(member, { minLength: 1, maxLength: 6, selector: ([name]) => name })
    .map((members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`);

  type Leaf = { path: string; value: string | number | bigint | boolean };
  function leaves(node: unknown, path: string, found: Leaf[]): Leaf[] {
    if (Array.isArray(node)) for (const item of node) leaves(item, path, found);
    else if (typeof node === 'object' && node !== null) {
      for (const [name, inner] of Object.entries(node)) leaves(inner, path === '' ? name : `${path}.${name}`, found);
    } else if (node !== null && node !== '') found.push({ path, value: node as Leaf['value'] });
    return found;
  }

  /** A leaf under one of the field's names, or below it, has the value: whole, as a number, or as a word. */
  function holds(bag: readonly Leaf[], { path, value: wanted }: Leaf): boolean {
    const name = canonicalName(path);
    const names = [path, name, ...(otherNames.get(name) ?? [])];
    return bag.some(({ path: own, value: found }) => {
      // An object in the place of a known field is searched as its text.
      if (!names.some((one) => own === one || own.startsWith(`${one}.`))) return false;
      const [text, word] = [String(found), String(wanted)];
      return text === word || Number(found) === Number(wanted) || analyze(text).includes(word);
    });
  }

  it('of random documents are found by each of their leaves, and only there', async () => {
    const texts = fc.sample(document, randomCases(75));
    await load('random', texts);
    const bags = texts.map((text) => leaves(parseJson(text), '', []));
    const asked = bags.flatMap((bag, row) => bag.slice(0, 3).map((leaf) => ({ ...leaf, row })));
    const readable = asked.filter(({ path }) => path !== '' && !path.includes('.:`') && !path.startsWith(':`') && !path.includes('*'));
    const fields = await fieldsOf(['random']);
    const missed: unknown[] = [];
    const wrong: unknown[] = [];
    for (let at = 0; at < readable.length; at += 20) {
      const part = readable.slice(at, at + 20);
      const sql = part.map(({ path, value: wanted }, column) => {
        const condition = toCondition({ ...termQuery(path, wanted), lenient: true }, fields, { now: 0 });
        return `groupArrayIf(_row, ${condition}) AS c${column}`;
      });
      const [row] = await table.engine.select(`SELECT ${sql.join(', ')} FROM logs WHERE _index = 'random'`);
      part.forEach((leaf, column) => {
        const rows = (row as Record<string, number[]>)[`c${column}`] ?? [];
        if (!rows.includes(leaf.row)) missed.push({ ...leaf, document: texts[leaf.row] });
        for (const row of rows) if (!holds(bags[row] ?? [], leaf)) wrong.push({ ...leaf, document: texts[row] });
      });
    }
    expect(missed.slice(0, 5)).toEqual([]);
    expect(wrong.slice(0, 5)).toEqual([]);
    const absent = await Promise.all(
      [...new Set(readable.map(({ path }) => path))].slice(0, 60).map((path) => rowsWith('random', path, 'no-such-value-zq')),
    );
    expect(absent.flat()).toEqual([]);
  });

  it('can all be searched at once, whatever the keys are', async () => {
    const fields = await fieldsOf(['random', 'places', 'types']);
    expect(fields.searchable[0]?.sql).toContain('msg');
    const condition = toCondition(parseQuery({ query_string: { query: 'Paris' } }), fields, { now: 0 });
    const rows = await table.engine.select(`SELECT count() AS n FROM logs WHERE _index = 'places' AND ${condition}`);
    expect(Number(rows[0]?.n)).toBe(1);
    const readings = fields.matching('*').flatMap((field) => field.readings);
    for (let at = 0; at < readings.length; at += 100) {
      const part = readings.slice(at, at + 100).map(({ sql }, column) => `any(toString(${sql})) AS c${column}`);
      expect(await table.engine.select(`SELECT ${part.join(', ')} FROM logs WHERE _row < 2`)).toHaveLength(1);
    }
  });

  it('are found of each index at once as of each alone', async () => {
    const indices = ['random', 'places', 'types', 'none'];
    const each = await createDiscoveredFields(table.engine, { mappingOf: () => undefined })(indices);
    expect([...each.keys()]).toEqual(indices);
    for (const index of indices) {
      const alone = (await fieldsOf([index])).matching('*').map((field) => ({ path: field.name, type: reportedType(field) }));
      expect(each.get(index), index).toEqual(alone.slice(0, 5000));
    }
    expect(each.get('types')?.length).toBeGreaterThan(5);
  });
});
