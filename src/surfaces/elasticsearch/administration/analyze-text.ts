import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';

export type Token = Readonly<{ token: string; start_offset: number; end_offset: number; type: string; position: number }>;

/** How text becomes tokens: one tokenizer, then filters that change or drop tokens. */
export type Analyzer = Readonly<{ tokenizer: string; filters: readonly string[] }>;

export const analyzers: ReadonlyMap<string, Analyzer> = new Map([
  ['standard', { tokenizer: 'standard', filters: ['lowercase'] }],
  ['simple', { tokenizer: 'letter', filters: ['lowercase'] }],
  ['whitespace', { tokenizer: 'whitespace', filters: [] }],
  ['keyword', { tokenizer: 'keyword', filters: [] }],
  ['stop', { tokenizer: 'letter', filters: ['lowercase', 'stop'] }],
]);

// Words as Unicode's text segmentation has them: letters and digits with `_`, joined by an apostrophe or a dot inside; each ideograph alone.
const ideograph = '\\p{Script=Han}|\\p{Script=Hiragana}';
const letter = `(?!${ideograph})[\\p{L}\\p{N}\\p{M}_]`;
const word = new RegExp(`${ideograph}|(?:${letter})+(?:['’.·](?:${letter})+|,(?<=\\d,)(?=\\d)(?:${letter})+)*`, 'gu');

const patterns: ReadonlyMap<string, RegExp> = new Map([
  ['standard', word],
  ['letter', /\p{L}+/gu],
  ['whitespace', /\S+/gu],
  ['keyword', /^[\s\S]+$/gu],
]);

const englishStopWords = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  ),
);

const maxTokenLength = 255;

function typeOf(tokenizer: string, token: string): string {
  if (tokenizer !== 'standard') return 'word';
  if (/^\p{Script=Han}$/u.test(token)) return '<IDEOGRAPHIC>';
  if (/^\p{Script=Hiragana}$/u.test(token)) return '<HIRAGANA>';
  return /^[\p{N}.,]+$/u.test(token) ? '<NUM>' : '<ALPHANUM>';
}

/** The tokens of one text. Throws 400 for a tokenizer or filter that is not built in. */
export function analyzeText(text: string, { tokenizer, filters }: Analyzer): readonly Token[] {
  const pattern = patterns.get(tokenizer);
  if (!pattern)
    throw illegalArgument(`failed to find global tokenizer under [${tokenizer}]; meshscope has ${[...patterns.keys()].join(', ')}`);
  const tokens: Token[] = [];
  let position = 0;
  for (const match of text.matchAll(pattern)) {
    for (let at = 0; at < match[0].length; at += tokenizer === 'keyword' ? match[0].length : maxTokenLength) {
      const piece = tokenizer === 'keyword' ? match[0] : match[0].slice(at, at + maxTokenLength);
      const start = match.index + at;
      const token = applyFilters(piece, filters);
      if (token !== undefined)
        tokens.push({ token, start_offset: start, end_offset: start + piece.length, type: typeOf(tokenizer, piece), position });
      position += 1;
    }
  }
  return tokens;
}

function applyFilters(piece: string, filters: readonly string[]): string | undefined {
  let token = piece;
  for (const filter of filters) {
    if (filter === 'lowercase') token = token.toLowerCase();
    else if (filter === 'uppercase') token = token.toUpperCase();
    else if (filter === 'asciifolding') token = token.normalize('NFD').replace(/\p{M}/gu, '');
    else if (filter === 'trim') token = token.trim();
    else if (filter === 'stop') {
      if (englishStopWords.has(token)) return undefined;
    } else
      throw illegalArgument(
        `failed to find global filter under [${filter}]; meshscope has lowercase, uppercase, asciifolding, trim and stop`,
      );
  }
  return token;
}
