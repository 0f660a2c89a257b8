import { matchesPattern } from '../../catalogue/name-pattern.ts';
import type { Fields } from '../fields/field.ts';
import { lowerCase, tokenPattern } from '../filter/analyze.ts';
import { type HighlightTerms, termsOf } from '../filter/highlight-terms.ts';
import { anyField, type Query } from '../filter/query.ts';
import { type DocumentValues, namesOf } from './document-values.ts';
import type { Highlight, HighlightField } from './highlight-request.ts';

/** Longer values are shown without marks, so that one huge record cannot hold up a page. */
const maxLength = 1_000_000;

type Span = Readonly<{ start: number; end: number; token: string }>;

const tokenRegExp = new RegExp(tokenPattern.replace(/\\p\{(Han|Hiragana)\}/g, '\\p{Script=$1}'), 'giu');

export type Highlighter = (values: DocumentValues) => Readonly<Record<string, readonly string[]>>;

/** Marks what the query looked for in the values of a hit. Prepared once per search. */
export function createHighlighter(highlight: Highlight, query: Query, fields: Fields): Highlighter {
  const common = termsOf(query);
  const prepared = highlight.fields.map((field) => ({ field, terms: field.query ? termsOf(field.query) : common }));
  return (values) => {
    const result: Record<string, readonly string[]> = Object.create(null);
    for (const { field, terms } of prepared) {
      for (const name of namesToMark(field.pattern, values, fields)) {
        const relevant = termsFor(name, field, terms, fields);
        const texts = (
          namesOf(name, fields)
            .map((one) => values.get(one))
            .find((found) => found !== undefined) ?? []
        ).filter((value) => typeof value === 'string');
        const fragments = texts.flatMap((text) => fragmentsOf(text, relevant, field));
        if (fragments.length > 0) result[name] = field.fragments === 0 ? fragments : fragments.slice(0, field.fragments);
      }
    }
    return result;
  };
}

function namesToMark(pattern: string, values: DocumentValues, fields: Fields): readonly string[] {
  if (!pattern.includes('*')) {
    const base = pattern.endsWith('.keyword') ? pattern.slice(0, -'.keyword'.length) : pattern;
    return namesOf(base, fields).some((name) => values.has(name)) ? [base] : [];
  }
  return [...values.keys()].filter((path) => matchesPattern(pattern, path));
}

function termsFor(
  name: string,
  field: HighlightField,
  terms: ReadonlyMap<string, HighlightTerms>,
  fields: Fields,
): readonly HighlightTerms[] {
  const names = namesOf(name, fields);
  return [...terms]
    .filter(([asked]) => {
      if (!field.requireFieldMatch || asked === anyField) return true;
      const base = asked.endsWith('.keyword') ? asked.slice(0, -'.keyword'.length) : asked;
      return names.some((one) => matchesPattern(base, one));
    })
    .map(([, found]) => found);
}

function fragmentsOf(text: string, terms: readonly HighlightTerms[], field: HighlightField): readonly string[] {
  const spans = text.length > maxLength ? [] : mergeSpans(matchSpans(text, terms));
  if (spans.length === 0) return field.noMatchSize === 0 ? [] : [text.slice(0, field.noMatchSize)];
  if (field.fragments === 0) return [marked(text, 0, text.length, spans, field)];
  const result: string[] = [];
  for (let at = 0; at < spans.length; ) {
    const first = spans[at] as Span;
    const start = wordStart(text, Math.max(0, first.start - Math.floor(field.fragmentSize / 4)));
    const end = wordEnd(text, Math.max(first.end, start + field.fragmentSize));
    const inside: Span[] = [];
    for (; at < spans.length && (spans[at] as Span).end <= end; at++) inside.push(spans[at] as Span);
    result.push(marked(text, start, end, inside, field));
  }
  return result;
}

const isSpace = (char: string | undefined) => char === undefined || /\s/.test(char);

/** Fragments begin and end between words, if one is near. */
function wordStart(text: string, from: number): number {
  for (let at = from; at > Math.max(0, from - 20); at--) if (isSpace(text[at - 1])) return at;
  return from;
}

function wordEnd(text: string, from: number): number {
  for (let at = from; at <= Math.min(text.length, from + 20); at++) if (isSpace(text[at])) return at;
  return Math.min(text.length, from);
}

function marked(text: string, start: number, end: number, spans: readonly Span[], { preTag, postTag }: HighlightField): string {
  let result = '';
  let at = start;
  for (const span of spans) {
    result += `${text.slice(at, span.start)}${preTag}${text.slice(span.start, span.end)}${postTag}`;
    at = span.end;
  }
  return result + text.slice(at, end);
}

function mergeSpans(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (!last || span.start >= last.end) merged.push(span);
  }
  return merged;
}

function matchSpans(text: string, terms: readonly HighlightTerms[]): Span[] {
  const tokens = tokenize(text);
  return terms.flatMap((one) => {
    const wanted = new Set(one.tokens);
    const words = tokens.filter(
      ({ token }) =>
        wanted.has(token) ||
        one.prefixes.some((prefix) => token.startsWith(prefix)) ||
        one.patterns.some((pattern) => pattern.kind === 'wildcard' && matchesWildcard(lowerCase(pattern.value), token)) ||
        one.fuzzy.some((fuzzy) => isNear(fuzzy.token, token, maxEdits(fuzzy))),
    );
    const whole = one.values.includes(text) || one.patterns.some(({ kind, value }) => kind === 'wildcard' && matchesWildcard(value, text));
    const phrases = one.phrases.flatMap((phrase) => phraseSpans(tokens, phrase));
    return whole && words.length === 0 ? [{ start: 0, end: text.length, token: '' }] : [...words, ...phrases];
  });
}

function tokenize(text: string): Span[] {
  return [...text.matchAll(tokenRegExp)].map((found) => ({
    start: found.index,
    end: found.index + found[0].length,
    token: lowerCase(found[0]),
  }));
}

function phraseSpans(tokens: readonly Span[], phrase: readonly string[]): Span[] {
  return tokens.flatMap((_, at) =>
    phrase.every((word, offset) => tokens[at + offset]?.token === word) ? tokens.slice(at, at + phrase.length) : [],
  );
}

/** `*` and `?`, greedy with one place to go back to: time is bounded by the product of the lengths. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  let star = -1;
  let retry = 0;
  while (inText < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern++;
      retry = inText;
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === text[inText]) {
      inPattern += 1;
      inText += 1;
    } else if (star >= 0) {
      inPattern = star + 1;
      inText = ++retry;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

function maxEdits({ token, fuzziness }: HighlightTerms['fuzzy'][number]): number {
  if (typeof fuzziness.edits === 'number') return fuzziness.edits;
  return token.length < fuzziness.edits.low ? 0 : token.length < fuzziness.edits.high ? 1 : 2;
}

/** Levenshtein's distance of two short words is at most `edits`. */
function isNear(left: string, right: string, edits: number): boolean {
  if (left === right) return true;
  if (edits === 0 || Math.abs(left.length - right.length) > edits || left.length > 64) return false;
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const swap = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return (row[right.length] as number) <= edits;
}
