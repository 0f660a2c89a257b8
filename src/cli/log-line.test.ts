import { describe, expect, it } from 'vitest';
import { formatLog } from './log-line.ts';
import type { Paint } from './terminal.ts';

const plain: Paint = (_style, text) => text;
const marked: Paint = (style, text) => (text === '' ? '' : `<${style}>${text}</>`);
const format = (source: unknown, fields?: string[], paint = plain) =>
  formatLog(Buffer.from(typeof source === 'string' ? source : JSON.stringify(source)), { fields }, paint);

describe('a record for people', () => {
  it('has the time of arrival when the record says none', () => {
    const arrived = { time: '2026-11-21T10:00:00.000Z' };
    const line = (source: object) => formatLog(Buffer.from(JSON.stringify(source)), arrived, plain);
    expect(line({ msg: 'a' })).toBe('2026-11-21T10:00:00.000Z a\n');
    expect(line({ msg: 'a', '@timestamp': '2020-01-01T00:00:00Z' })).toBe('2020-01-01T00:00:00Z a\n');
  });

  it('has time, level, origin, message, then the rest', () => {
    const record = {
      service: { name: 'svc' },
      msg: 'hello',
      level: 'ERROR',
      timestamp: '2024-01-15T10:00:00Z',
      agent: { name: 'weather' },
      n: 1,
      t: ['a', 'b'],
    };
    expect(format(record)).toBe('2024-01-15T10:00:00Z ERROR weather hello service.name=svc n=1 t="[a, b]"\n');
    expect(format(record, undefined, marked)).toBe(
      '<dim>2024-01-15T10:00:00Z</> <red>ERROR</> <cyan>weather</> hello <dim>service.name=svc n=1 t="[a, b]"</>\n',
    );
  });

  it.each<[string, unknown, string]>([
    ['other names', { '@timestamp': 't', severity_text: 'WARN', 'service.name': 's', message: 'm' }, 't WARN  s m\n'],
    [
      'numbers beyond 2^53',
      '{"msg":"m","id":12345678901234567890,"s":"9999999999999999999"}',
      'm id=12345678901234567890 s=9999999999999999999\n',
    ],
    ['line ends', { msg: 'a\nb', x: 'c\nd' }, 'a\n    b x=c\\nd\n'],
    ['terminal escapes', { msg: '\u001b[2Jx\u0007', k: '\u009b1m', '\u001b]0;t': 'v' }, '\\u001b[2Jx\\u0007 k=\\u009b1m \\u001b]0;t=v\n'],
    ['reordering characters', { msg: 'a\u202eb' }, 'a\\u202eb\n'],
    ['nothing', {}, '\n'],
    ['null and empty', { msg: null, a: '', b: [], c: {} }, 'null a="" b=[]\n'],
    ['no JSON', '{"a":', '{"a":\n'],
    ['a list', [1, 2], '="[1, 2]"\n'],
  ])('%s', (_name, source, expected) => {
    expect(format(source)).toBe(expected);
  });

  it('shows only chosen fields, with what is below them', () => {
    const record = { timestamp: 't', level: 'INFO', request: { method: 'GET', status: 200 }, msg: 'm' };
    expect(format(record, ['request', 'user_id'])).toBe('t INFO  request.method=GET request.status=200 user_id=-\n');
  });

  it('survives depth and size', () => {
    expect(format(`{"msg":"m","d":${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}}`).length).toBeLessThan(200);
    expect(format({ msg: 'm', big: 'x'.repeat(5_000_000), n: '1'.repeat(20) }).length).toBeLessThan(1000);
  });
});
