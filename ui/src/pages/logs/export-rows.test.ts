import { describe, expect, it } from 'vitest';
import { csvLine } from './csv-line.ts';
import { exportCommand } from './export-rows.ts';
import { idOf, stateToSave, stateToSet } from './saved-state.ts';

describe('csvLine', () => {
  it.each([
    [['a', 'b'], 'a,b\r\n'],
    [['a "b"', 'c,d', 'e\nf'], '"a ""b""","c,d","e\nf"\r\n'],
    [['=HYPERLINK("x")', '-1.5', '+1', '@x', '-x'], '"\'=HYPERLINK(""x"")",-1.5,\'+1,\'@x,\'-x\r\n'],
    [[''], '\r\n'],
  ])('writes %j', (cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });
});

describe('exportCommand', () => {
  const interval = { startMillis: 0, endMillis: 60_000 };
  it('says the same to the command line', () => {
    expect(exportCommand({ index: 'logs-*', search: { text: `msg:"it's"`, language: 'kql' }, interval }, 'http://h:8000')).toBe(
      `meshscope export 'msg:"it'\\''s"' --kql --since 1970-01-01T00:00:00.000Z --until 1970-01-01T00:01:00.000Z --index 'logs-*' --url http://h:8000 -o logs.ndjson`,
    );
  });
});

describe('saved searches', () => {
  it('keep what belongs to the search and nothing else', () => {
    const saved = stateToSave(new URLSearchParams('q=level%3AERROR&from=now-3h&d=log~x&row=y&cols=timestamp,msg'));
    expect(saved).toEqual({ q: 'level:ERROR', from: 'now-3h', cols: 'timestamp,msg' });
    expect(stateToSet({ ...saved, index: 7, evil: 'x' })).toMatchObject({ q: 'level:ERROR', index: undefined, lang: undefined });
    expect(stateToSet({ evil: 'x' })).not.toHaveProperty('evil');
  });
  it.each([
    ['Errors of report-agent!', 'errors-of-report-agent-u'],
    ['日本', 'u'],
    ['x'.repeat(100), `${'x'.repeat(40)}-u`],
  ])('%j has an id that the server takes', (title, id) => {
    expect(idOf(title, 'u')).toBe(id);
  });
});
