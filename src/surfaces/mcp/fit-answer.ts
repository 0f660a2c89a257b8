import type { CallToolResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { type Clip, clipped, clippedText, clips } from './clip.ts';

/** One thing that was found: as a line of the text, and as an item of the structured answer. */
export type Entry = Readonly<{ line: string; value: Readonly<Record<string, unknown>> }>;

/** `name` is the member of the structured answer; `title` stands above the lines. Entries are made when they are needed: there may be very many. */
export type EntryList = Readonly<{ name: string; title: string; length: number; entryAt: (at: number) => Entry }>;

export const entryList = <T>(name: string, title: string, items: readonly T[], toEntry: (item: T) => Entry): EntryList => ({
  name,
  title,
  length: items.length,
  entryAt: (at) => toEntry(items[at] as T),
});

export const countEntries = (lists: readonly EntryList[]): number => lists.reduce((sum, { length }) => sum + length, 0);

/** All that a tool found, before it is cut to the budget. */
export type Draft = Readonly<{
  /** Lines above everything: what was found, in short. */
  head: readonly string[];
  /** Members of the structured answer beside the lists. They are always there, so they MUST be few and short. */
  facts: Readonly<Record<string, unknown>>;
  /** The most important first: they are filled one after another. */
  lists: readonly EntryList[];
  /** What this answer does not tell, in words. */
  leftOut: readonly string[];
  link: string;
  /** The cursor of what follows the first so many entries, counted over all lists; undefined: nothing follows. */
  next: (shown: number) => string | undefined;
}>;

/** The lists without their first entries, which were shown before. */
export function dropFirst(lists: readonly EntryList[], offset: number): readonly EntryList[] {
  let left = offset;
  return lists.map((list) => {
    const dropped = Math.min(left, list.length);
    left -= dropped;
    return { ...list, length: list.length - dropped, entryAt: (at) => list.entryAt(at + dropped) };
  });
}

/** Members that every structured answer has. */
export const answerEnd = {
  left_out: z.array(z.string()).describe('What this answer does not show, and why.'),
  next_cursor: z.string().nullable().describe('Give it as cursor, with the same other arguments, to go on; null at the end.'),
  link: z.string().describe('For people: the same at the server.'),
};

/** Hosts count tokens, which nobody outside the model knows; a quarter of the characters is the usual estimate. */
const charactersPerToken = 4;

const maxHeadLength = 500;
const maxNotes = 8;

/**
 * The answer of a tool within `maxTokens`, text and structure counted together. Entries are left out from the end, and only when not even one
 * fits their texts are cut further. Throws AppError `too_large` when that does not help either.
 */
export function fitAnswer(draft: Draft, maxTokens: number): CallToolResult {
  const budget = maxTokens * charactersPerToken;
  const total = countEntries(draft.lists);
  for (const clip of clips) {
    const short = shorten(draft.lists, clip, budget);
    for (let shown = short.length; shown > 0 || total === 0; shown -= Math.max(1, Math.floor(shown / 16))) {
      const result = render(draft, { entries: short.slice(0, shown), clip, total });
      if (JSON.stringify(result).length <= budget) return result;
      if (shown === 0) break;
    }
  }
  throw new AppError(
    'too_large',
    `Not even one entry fits into ${maxTokens} tokens. Ask for fewer fields, or raise the limit of the server.`,
  );
}

type ShortEntry = Entry & Readonly<{ list: string; isCut: boolean }>;

/** As many of the first entries as may fit, if nothing stood around them. */
function shorten(lists: readonly EntryList[], clip: Clip, budget: number): readonly ShortEntry[] {
  const short: ShortEntry[] = [];
  let size = 0;
  for (const { name, length, entryAt } of lists) {
    for (let at = 0; at < length; at++) {
      let isCut = false;
      const cut = () => {
        isCut = true;
      };
      const { line, value } = entryAt(at);
      const entry = {
        list: name,
        line: clippedText(line, clip.characters * 2, cut),
        value: clipped(value, clip, cut) as Entry['value'],
        isCut,
      };
      size += JSON.stringify(entry.line).length + JSON.stringify(entry.value).length;
      if (size > budget) return short;
      short.push(entry);
    }
  }
  return short;
}

type Shown = Readonly<{ entries: readonly ShortEntry[]; clip: Clip; total: number }>;

function render(draft: Draft, { entries, clip, total }: Shown): CallToolResult {
  const next = draft.next(entries.length);
  const lists = draft.lists.map(({ name, title }) => ({ name, title, entries: entries.filter(({ list }) => list === name) }));
  const leftOut = [
    ...draft.leftOut.slice(0, maxNotes).map((note) => note.slice(0, maxHeadLength)),
    ...(entries.length < total
      ? [`${total - entries.length} of ${total} entries do not fit into this answer; next_cursor continues.`]
      : []),
    ...(entries.some(({ isCut }) => isCut) ? [`Texts of more than ${clip.characters} characters, and long lists, are cut (…).`] : []),
  ];
  const head = draft.head.map((line) => line.slice(0, maxHeadLength));
  const body = lists.flatMap(({ title, entries: own }) => (own.length === 0 ? [] : ['', `${title}:`, ...own.map(({ line }) => line)]));
  const end = [
    ...(leftOut.length === 0 ? [] : ['', `Left out: ${leftOut.join(' ')}`]),
    ...(next === undefined ? [] : ['', `More: cursor ${next}`]),
    '',
    draft.link,
  ];
  return {
    content: [{ type: 'text', text: [...head, ...body, ...end].join('\n') }],
    structuredContent: {
      ...draft.facts,
      ...Object.fromEntries(lists.map(({ name, entries: own }) => [name, own.map(({ value }) => value)])),
      left_out: leftOut,
      next_cursor: next ?? null,
      link: draft.link,
    },
  };
}
