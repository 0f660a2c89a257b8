import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceParts, sourceText } from '../../store/logs/source-parts.ts';
import { filterSource, mayShow, parseSourceFilter } from './source-filter.ts';
import { LogTable } from './testing/log-table.ts';

let table: LogTable;
beforeAll(async () => {
  table = await LogTable.open(1);
});
afterAll(() => table.close());

const documents = [
  {
    '@timestamp': '2026-11-20T10:00:00Z',
    severity: 'WARN',
    message: 'x',
    agent: { name: 'a', type: 't', owner: 'o' },
    request: { method: 'm', duration_ms: 1.5, params: { city: 'Paris', days: 3 } },
    'request.method': 'dotted',
    trace_id: 't',
    extra: { deep: { er: 1 } },
  },
  { timestamp: '2026-11-20T10:00:00+02:00', level: 'INFO', msg: 'kept whole', agent: { name: ['a', 'b'] }, request: { method: 'm' } },
  { msg: 'no time', source: { line: 3, file: 'f' }, metrics: { count: 9007199254740991 } },
];

describe('a filtered document', () => {
  it.each([
    [['agent.name']],
    [['agent']],
    [['request.method', 'trace_id']],
    [['request.params.city']],
    [['severity', 'message', '@timestamp']],
    [['level', 'msg', 'timestamp', 'trace.trace_id']],
    [['*.name', 'extra.*']],
    [['re*']],
    [['metrics.count', 'source.line']],
    [['nothing']],
    [{ includes: ['agent', 'request'], excludes: ['agent.type', 'request.params.days'] }],
    [{ excludes: ['agent'] }],
    [[]],
  ])('is the same from the columns it needs as from all: %j', async (spec) => {
    const filter = parseSourceFilter(spec);
    if ((await table.engine.select('SELECT count() AS n FROM logs'))[0]?.n === '0')
      await table.load(documents.map((document) => ({ index: 'x', text: JSON.stringify(document) })));
    const rows = await table.engine.select(
      `SELECT ${sourceParts()} AS whole, ${sourceParts(mayShow(filter))} AS part FROM logs ORDER BY _row`,
    );
    expect(rows).toHaveLength(documents.length);
    for (const [at, { whole, part }] of rows.entries()) {
      const shown = filterSource(sourceText(part), filter);
      expect(shown).toBe(filterSource(sourceText(whole), filter));
      expect(filterSource(JSON.stringify(documents[at]), filter)?.length).toBe(shown?.length);
    }
  });
});
