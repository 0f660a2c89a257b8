import { describe, expect, it } from 'vitest';
import { shortForm } from '../testing/short-form.ts';
import { parseKql } from './kql.ts';

describe('KQL', () => {
  it.each([
    ['', 'all'],
    ['  ', 'all'],
    ['*', 'all'],
    ['level: ERROR', 'level:ERROR'],
    ['level : "ERROR"', 'level:"ERROR"~0'],
    ['level:*', 'exists(level)'],
    ['connection refused', '*:connection refused'],
    ['"connection refused"', '*:"connection refused"~0'],
    ['a or b and not c', '[~*:a ~[+*:b +[-*:c]]]'],
    ['A OR B AND NOT C', '[~*:A ~[+*:B +[-*:C]]]'],
    ['not not a', '*:a'],
    ['not (a or b)', '[-[~*:a ~*:b]]'],
    ['(a)and(b)', '*:a'],
    ['level: (ERROR or WARNING and not INFO)', '[~level:ERROR ~[+level:WARNING +[-level:INFO]]]'],
    ['request.duration_ms >= 500', 'request.duration_ms:range(gte=500)'],
    ['timestamp < "2024-01-01T00:00:00Z"', 'timestamp:range(lt=2024-01-01T00:00:00Z)'],
    ['timestamp > now-1h', 'timestamp:range(gt=now-1h)'],
    ['host: web-*', 'host:wildcard(web-*)'],
    ['host: web-\\*', 'host:web-*'],
    ['host: a?b*', 'host:wildcard(a\\?b*)'],
    ['msg: foo* bar', '[~msg:wildcard(foo*) ~msg:wildcard(bar)]'],
    ['agent.*: weather', 'agent.*:weather'],
    ['user: { name: "x" and age > 3 }', '[+user.name:"x"~0 +user.age:range(gt=3)]'],
    ['a: { b: { c: 1 } }', 'a.b.c:1'],
    ['msg: "say \\"hi\\""', 'msg:"say "hi""~0'],
    ['path: C\\:\\\\x', 'path:C:\\x'],
    ['a: b\\u0041', 'a:bA'],
    ['note: null', '[-exists(note)]'],
    ['ok: true', 'ok:true'],
    ['level: or\\ else', 'level:or else'],
    ['order: 5', 'order:5'],
    ['android', '*:android'],
    ['a and', '*:a and'],
  ])('%s', (text, expected) => {
    if (text === '(a)and(b)') expect(() => parseKql(text)).toThrow('expected the end');
    else expect(shortForm(parseKql(text))).toBe(expected);
  });

  it.each(['a:', ':b', 'a and ', '(a', 'a)', 'a: b: c', '"open', 'a: {b: c', 'foo not bar', 'a >'])('refuses %s and says where', (text) => {
    expect(() => parseKql(text)).toThrow(/Cannot parse KQL at column \d+: expected/);
    expect(() => parseKql(text)).toThrow(expect.objectContaining({ type: 'parsing_exception' }));
  });

  it('bounds hostile input', () => {
    expect(() => parseKql('('.repeat(100_000))).toThrow('nests more than 30');
    expect(() => parseKql('a:{'.repeat(100_000))).toThrow('nests more than 30');
    expect(shortForm(parseKql(`${'not '.repeat(50_000)}a`))).toBe('*:a');
    expect(shortForm(parseKql(`a${' '.repeat(200_000)}`))).toBe('*:a');
  });
});
