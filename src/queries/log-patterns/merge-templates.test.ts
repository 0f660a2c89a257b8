import { describe, expect, it } from 'vitest';
import { processorMillis } from '../../lib/testing/processor-millis.ts';
import { mergeTemplates, type TemplateCount } from './merge-templates.ts';

const one = (template: string, count = 1, more: Partial<TemplateCount> = {}): TemplateCount => ({
  template,
  count,
  countBefore: 0,
  trend: [count, 0],
  lastMillis: 1,
  message: template,
  level: 'INFO',
  traceId: '',
  agents: [template],
  ...more,
});
const names = ['ada', 'alan', 'grace', 'linus', 'margaret', 'radia', 'tim'];

describe('mergeTemplates', () => {
  it('joins those that differ in a word of many variants, and adds them up', () => {
    const merged = mergeTemplates([
      ...names.map((name, at) => one(`Audit: login ${name}`, at + 1, { countBefore: 1, lastMillis: at })),
      one('login failed here'),
    ]);
    expect(merged.map(({ template, count, countBefore, trend }) => [template, count, countBefore, trend])).toEqual([
      ['Audit: login <*>', 28, 7, [28, 0]],
      ['login failed here', 1, 0, [1, 0]],
    ]);
    expect(merged[0]).toMatchObject({ message: 'Audit: login tim', lastMillis: 6 });
    expect(merged[0]?.agents).toHaveLength(5);
  });

  it('finds two such words', () => {
    const merged = mergeTemplates(names.flatMap((user) => names.map((file) => one(`user ${user} has opened ${file}`))));
    expect(merged.map(({ template, count }) => [template, count])).toEqual([['user <*> has opened <*>', 49]]);
  });

  it.each([
    ['few variants', ['login went well', 'login went wrong', 'login went nowhere']],
    ['short messages', names.map((name) => `login ${name}`)],
    ['what would be placeholders alone', names.map((name) => `<*> <*> ${name} x`)],
  ])('leaves %s apart', (_what, templates) => {
    expect(mergeTemplates(templates.map((template) => one(template)))).toHaveLength(templates.length);
  });

  it('takes as long for many short messages as for few long ones of as many words', () => {
    const messages = (count: number, length: number) =>
      Array.from({ length: count }, (_, at) =>
        one(Array.from({ length }, (_word, place) => `w${(at * 7919 + place * 104_729) % 50}`).join(' ')),
      );
    const [short, long] = [messages(60_000, 10), messages(10_000, 60)];
    mergeTemplates(short);
    const millis = processorMillis(() => mergeTemplates(short));
    expect(processorMillis(() => mergeTemplates(long))).toBeLessThan(1.3 * millis);
  });

  it('bears prototype names and empty messages', () => {
    expect(mergeTemplates([one('__proto__'), one('constructor'), one('')])).toHaveLength(3);
  });
});
