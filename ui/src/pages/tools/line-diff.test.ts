import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { definitionHistory, versionsOf } from './definition-history.ts';
import { lineDiff } from './line-diff.ts';

const short = (before: string, after: string) =>
  lineDiff(before, after).map(({ kind, text }) => `${{ same: ' ', added: '+', removed: '-' }[kind]}${text}`);

describe('the difference of two texts', () => {
  it.each([
    ['', '', []],
    ['a\nb', 'a\nb', [' a', ' b']],
    ['a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['', 'a', ['+a']],
    ['a', '', ['-a']],
  ])('of %j and %j', (before, after, expected) => {
    expect(short(before, after)).toEqual(expected);
  });

  it('has both texts in it', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '{'), { minLength: 1, maxLength: 30 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after);
        const without = (kind: string) => lines.filter((line) => line.kind !== kind).map((line) => line.text);
        expect(without('added').join('\n')).toBe(before);
        expect(without('removed').join('\n')).toBe(after);
      }),
    );
  });

  it('of long texts is all of both', () => {
    const long = Array.from({ length: 2500 }, (_, at) => String(at)).join('\n');
    expect(lineDiff(long, long)).toHaveLength(5000);
  });
});

describe('the history of a definition', () => {
  it('is asked for by its exact name', () => {
    const { include } = definitionHistory({ endMillis: 0 }, 's', 'a.b|c#-"').aggs.marks.terms;
    expect(new RegExp(`^${include}$`).test(`${'0'.repeat(64)} a.b|c#-"`)).toBe(true);
    expect(new RegExp(`^${include}$`).test(`${'0'.repeat(64)} axb|c#-"`)).toBe(false);
  });

  it('has the newest text first', () => {
    const bucket = (name: string, first: number, last: number) => ({
      key: `${name.repeat(64)} tool`,
      doc_count: 2,
      first: { value: first },
      last: { value: last },
    });
    const versions = versionsOf({ aggregations: { marks: { buckets: [bucket('a', 1, 5), bucket('b', 6, 9)] } } });
    expect(versions.map(({ sha256, firstMillis }) => [sha256[0], firstMillis])).toEqual([
      ['b', 6],
      ['a', 1],
    ]);
    expect(versionsOf({})).toEqual([]);
  });
});
