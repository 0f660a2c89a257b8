import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInlines, parseMarkdown } from './markdown.ts';

describe('Markdown', () => {
  it('has headings, lists, quotes, code and paragraphs', () => {
    const text = '# Title\nfirst\nline\n\n- one\n- **two**\n\n1. a\n\n> said\n> so\n\n```js\n<b>\n```';
    expect(parseMarkdown(text)).toEqual([
      { type: 'heading', level: 1, inlines: [{ type: 'text', text: 'Title' }] },
      { type: 'paragraph', inlines: [{ type: 'text', text: 'first line' }] },
      { type: 'list', ordered: false, items: [[{ type: 'text', text: 'one' }], [{ type: 'strong', text: 'two' }]] },
      { type: 'list', ordered: true, items: [[{ type: 'text', text: 'a' }]] },
      { type: 'quote', inlines: [{ type: 'text', text: 'said so' }] },
      { type: 'code', text: '<b>' },
    ]);
  });

  it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', '//elsewhere.example/', 'vbscript:x', '\u0001javascript:x'])(
    'leaves a link to %s a text',
    (href) => {
      expect(parseInlines(`[x](${href})`).some(({ type }) => type === 'link')).toBe(false);
    },
  );

  it.each(['https://example.org/a?b=c', '/ui/pipeline', '#part', 'mailto:a@example.org'])('links to %s', (href) => {
    expect(parseInlines(`see [x](${href}).`)).toEqual([
      { type: 'text', text: 'see ' },
      { type: 'link', text: 'x', href },
      { type: 'text', text: '.' },
    ]);
  });

  it('leaves HTML a text', () => {
    expect(parseInlines('<img src=x onerror=y>')).toEqual([{ type: 'text', text: '<img src=x onerror=y>' }]);
  });

  it('ends, whatever it reads', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('#', '-', '`', '*', '_', '[', ']', '(', ')', '>', ' ', '\n', 'a', '1', '.') }),
        (text) => Array.isArray(parseMarkdown(text)),
      ),
    );
    expect(parseMarkdown('*'.repeat(100_000))).toHaveLength(1);
  });
});
