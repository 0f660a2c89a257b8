import { describe, expect, it } from 'vitest';
import { type Draft, dropFirst, type Entry, entryList, fitAnswer } from './fit-answer.ts';

const entry = (text: string): Entry => ({ line: text, value: { text } });
const draft = (entries: readonly Entry[], more: Partial<Draft> = {}): Draft => ({
  head: ['What was found.'],
  facts: { total: entries.length },
  lists: [entryList('items', 'Items', entries, (one) => one)],
  leftOut: [],
  link: 'http://127.0.0.1:8000/',
  next: (shown) => (shown < entries.length ? `after-${shown}` : undefined),
  ...more,
});
const size = (result: unknown) => JSON.stringify(result).length;
const found = (result: ReturnType<typeof fitAnswer>) => result.structuredContent as Readonly<Record<string, unknown>>;
const textOf = (result: ReturnType<typeof fitAnswer>) => (result.content[0] as { text: string }).text;

describe('fitAnswer', () => {
  it('shows all that fits, and says that nothing follows', () => {
    const result = fitAnswer(draft([entry('a'), entry('b')]), 1000);
    expect(result.structuredContent).toEqual({
      total: 2,
      items: [{ text: 'a' }, { text: 'b' }],
      left_out: [],
      next_cursor: null,
      link: 'http://127.0.0.1:8000/',
    });
    expect(textOf(result)).toBe('What was found.\n\nItems:\na\nb\n\nhttp://127.0.0.1:8000/');
  });

  it.each([
    ['many short ones', 5000, 'x'],
    ['many long ones', 300, 'x'.repeat(900)],
    ['quotes, which JSON makes longer', 500, '"\n\\'.repeat(100)],
    ['characters outside the first plane', 300, '😀'.repeat(200)],
    ['a few very long ones', 3, 'y'.repeat(1_000_000)],
  ])('keeps %s within the budget', (_, count, text) => {
    for (const tokens of [1000, 4000, 20_000]) {
      const result = fitAnswer(draft(Array.from({ length: count }, () => entry(text))), tokens);
      expect(size(result)).toBeLessThanOrEqual(tokens * 4);
      const { items, next_cursor: next, left_out: leftOut } = found(result) as Record<string, unknown> & { items: unknown[] };
      expect(items.length).toBeGreaterThan(0);
      expect(next).toBe(items.length < count ? `after-${items.length}` : null);
      if (items.length < count) expect(JSON.stringify(leftOut)).toContain(`${count - items.length} of ${count} entries do not fit`);
    }
  });

  it('uses most of the budget', () => {
    const result = fitAnswer(draft(Array.from({ length: 1000 }, (_, at) => entry(`entry ${at}`))), 4000);
    expect(size(result)).toBeGreaterThan(4000 * 4 * 0.85);
  });

  it('cuts texts only as far as it must, and says so', () => {
    const result = fitAnswer(draft([entry('z'.repeat(1500))]), 600);
    const [{ text }] = found(result).items as [{ text: string }];
    expect([text.length, text.endsWith('…')]).toEqual([300, true]);
    expect(textOf(result)).toContain('Texts of more than 300 characters');
  });

  it('keeps whole what is deep, and cuts what is wide', () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`member ${at}`, at]));
    const result = fitAnswer(draft([{ line: 'wide', value: { wide, list: Array.from({ length: 5000 }, () => 1) } }]), 1000);
    expect(size(result)).toBeLessThanOrEqual(4000);
    expect(found(result).items).toHaveLength(1);
  });

  it('never cuts a character in two', () => {
    const result = fitAnswer(draft([entry(`${'a'.repeat(998)}😀😀`)]), 4000);
    expect((found(result).items as [{ text: string }])[0].text).toBe(`${'a'.repeat(998)}…`);
  });

  it('refuses when nothing fits', () => {
    const value = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`${at}${'k'.repeat(78)}`, 'v'.repeat(200)]));
    expect(() => fitAnswer(draft([{ line: 'l'.repeat(1000), value: { a: value, b: value } }]), 500)).toThrow(
      'Not even one entry fits into 500 tokens',
    );
  });

  it('fills lists one after another', () => {
    const items = Array.from({ length: 40 }, () => entry('e'.repeat(30)));
    const lists = ['first', 'second'].map((name) => entryList(name, name, items, (one) => one));
    const answer = found(fitAnswer(draft([], { lists, next: (shown) => String(shown) }), 1000));
    const [first, second] = [answer.first as unknown[], answer.second as unknown[]];
    expect(second.length === 0 || first.length === 40).toBe(true);
    expect(answer.next_cursor).toBe(String(first.length + second.length));
    expect(dropFirst(lists, 45).map(({ length }) => length)).toEqual([0, 35]);
  });
});
