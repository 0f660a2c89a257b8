/** A small, safe part of Markdown: what it does not know stays text, and nothing becomes HTML. */
export type Inline =
  | Readonly<{ type: 'text' | 'strong' | 'emphasis' | 'code'; text: string }>
  | Readonly<{ type: 'link'; text: string; href: string }>;

export type Block =
  | Readonly<{ type: 'heading'; level: 1 | 2 | 3; inlines: readonly Inline[] }>
  | Readonly<{ type: 'paragraph'; inlines: readonly Inline[] }>
  | Readonly<{ type: 'quote'; inlines: readonly Inline[] }>
  | Readonly<{ type: 'list'; ordered: boolean; items: readonly (readonly Inline[])[] }>
  | Readonly<{ type: 'code'; text: string }>;

const inlinePattern = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|\[([^\]]*)\]\(([^()\s]+)\)/g;

/** Addresses that lead somewhere and run nothing. */
const isSafe = (href: string): boolean => /^(?:https?:\/\/|mailto:|\/(?!\/)|#)/i.test(href);

export function parseInlines(text: string): readonly Inline[] {
  const inlines: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(inlinePattern)) {
    const [whole, code, strong, strongToo, emphasis, label, href] = match;
    if (match.index > at) inlines.push({ type: 'text', text: text.slice(at, match.index) });
    at = match.index + whole.length;
    if (code !== undefined) inlines.push({ type: 'code', text: code });
    else if (strong !== undefined || strongToo !== undefined) inlines.push({ type: 'strong', text: strong ?? strongToo ?? '' });
    else if (emphasis !== undefined) inlines.push({ type: 'emphasis', text: emphasis });
    else if (href !== undefined && isSafe(href)) inlines.push({ type: 'link', text: label || href, href });
    else inlines.push({ type: 'text', text: whole });
  }
  if (at < text.length) inlines.push({ type: 'text', text: text.slice(at) });
  return inlines;
}

const listItem = /^\s*(?:([-*+])|\d+[.)])\s+(.*)$/;
const heading = /^(#{1,6})\s+(.*?)\s*#*$/;

export function parseMarkdown(source: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = source.slice(0, 50_000).split(/\r?\n/);
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as string;
    const take = (belongs: (one: string) => boolean): string[] => {
      const from = at;
      while (at < lines.length && belongs(lines[at] as string)) at += 1;
      return lines.slice(from, at);
    };
    if (line.trim() === '') {
      at += 1;
    } else if (line.startsWith('```')) {
      at += 1;
      blocks.push({ type: 'code', text: take((one) => !one.startsWith('```')).join('\n') });
      at += 1;
    } else if (heading.test(line)) {
      const [, marks, text] = heading.exec(line) as RegExpExecArray;
      blocks.push({ type: 'heading', level: Math.min(3, marks?.length ?? 1) as 1 | 2 | 3, inlines: parseInlines(text ?? '') });
      at += 1;
    } else if (listItem.test(line)) {
      const items = take((one) => listItem.test(one)).map((one) => parseInlines(listItem.exec(one)?.[2] ?? ''));
      blocks.push({ type: 'list', ordered: listItem.exec(line)?.[1] === undefined, items });
    } else if (line.startsWith('>')) {
      blocks.push({
        type: 'quote',
        inlines: parseInlines(
          take((one) => one.startsWith('>'))
            .map((one) => one.replace(/^>\s?/, ''))
            .join(' '),
        ),
      });
    } else {
      const text = take((one) => one.trim() !== '' && !heading.test(one) && !listItem.test(one) && !/^(?:```|>)/.test(one));
      blocks.push({ type: 'paragraph', inlines: parseInlines(text.join(' ')) });
    }
  }
  return blocks;
}
