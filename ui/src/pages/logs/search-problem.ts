import { ApiError } from '../../api/http.ts';
import type { Search } from '../../state/search-query.ts';

/** What is wrong with a search, for whom typed it; `at` counts characters from 0. */
export type SearchProblem = Readonly<{ text: string; at: number | undefined }>;

/** Undefined when the error is no error of the search's text. */
export function searchProblem(error: unknown, search: Search): SearchProblem | undefined {
  if (!(error instanceof ApiError) || error.status !== 400 || search.text.trim() === '') return undefined;
  const kql = /Cannot parse KQL at column (\d+): (.*)/s.exec(error.message);
  if (kql !== null) return { text: `${sentence(kql[2] as string)}`, at: Number(kql[1]) };
  if (!/^Failed to parse query \[/.test(error.message)) return undefined;
  return luceneProblem(search.text) ?? { text: 'This cannot be read as a Lucene query.', at: undefined };
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

const pieces =
  /\\.|"(?:[^"\\]|\\.)*"|"|\/(?:[^/\\\n]|\\.)+\/(?=[\s)]|$)|[([{)\]}]|(?<!\S)(?:AND|OR|NOT|&&|\|\|)(?!\S)|[^\s()[\]{}"\\]+|\s+/gs;

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

type Place = Readonly<{ word: string; at: number }>;

/** Where the reading of a query stands. */
type Reading = { readonly open: Place[]; operator: Place | undefined; isStart: boolean };

/** The mistakes that people make: something left open, something closed that was not open, an operator without its other side. */
export function luceneProblem(text: string): SearchProblem | undefined {
  const reading: Reading = { open: [], operator: undefined, isStart: true };
  for (const { 0: word, index: at } of text.matchAll(pieces)) {
    const problem = /^\s/.test(word) ? undefined : readPiece(reading, { word, at });
    if (problem !== undefined) return problem;
  }
  const last = reading.open.at(-1);
  if (last !== undefined) return notClosed(last);
  if (reading.operator !== undefined) return nothingAfter(reading.operator);
  const colon = /:\s*$/.exec(text);
  return colon === null ? undefined : { text: 'After the colon a value must follow.', at: colon.index };
}

const notClosed = ({ word, at }: Place): SearchProblem => ({ text: `This ${word} is not closed by ${closing[word]}.`, at });
const nothingAfter = ({ word, at }: Place): SearchProblem => ({ text: `After ${word} something must follow.`, at });

function readPiece(reading: Reading, piece: Place): SearchProblem | undefined {
  const { word, at } = piece;
  if (word === '"') return { text: 'This quote is not closed.', at };
  if (word in closing) {
    reading.open.push(piece);
    reading.isStart = true;
    reading.operator = undefined;
    return undefined;
  }
  if (/^[)\]}]$/.test(word)) return readClosing(reading, piece);
  const isInRange = /^[[{]$/.test(reading.open.at(-1)?.word ?? '');
  if (!isInRange && /^(?:AND|OR|NOT|&&|\|\|)$/.test(word)) return readOperator(reading, piece);
  if (!isInRange && word.startsWith(':') && reading.isStart) return { text: 'Before the colon the name of a field must stand.', at };
  reading.isStart = false;
  reading.operator = undefined;
  return undefined;
}

function readClosing(reading: Reading, { word, at }: Place): SearchProblem | undefined {
  const last = reading.open.pop();
  if (last === undefined) return { text: `This ${word} closes nothing.`, at };
  // Ranges may be half open: [1 TO 5}.
  if ((word === ')') !== (last.word === '(')) return notClosed(last);
  if (reading.operator !== undefined) return nothingAfter(reading.operator);
  if (reading.isStart && word === ')') return { text: 'There is nothing between the parentheses.', at: last.at };
  reading.isStart = false;
  return undefined;
}

function readOperator(reading: Reading, piece: Place): SearchProblem | undefined {
  const { word, at } = piece;
  if (word !== 'NOT' && reading.isStart) return { text: `Before ${word} something must stand.`, at };
  if (word !== 'NOT' && reading.operator !== undefined)
    return { text: `Between ${reading.operator.word} and ${word} something must stand.`, at };
  reading.operator = piece;
  return undefined;
}
