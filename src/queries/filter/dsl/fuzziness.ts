import { elasticsearchError } from '../../../lib/elasticsearch-errors.ts';
import type { Fuzziness } from '../query.ts';
import type { Parameters } from './parameters.ts';

const auto = { low: 3, high: 6 } as const;

/** `AUTO`, `AUTO:3,6`, `0`, `1`, `2`; undefined when the text is none of them. */
export function parseEdits(text: string): Fuzziness['edits'] | undefined {
  const match = /^auto(?::(\d{1,4}),(\d{1,4}))?$/i.exec(text);
  if (match !== null) return match[1] === undefined ? auto : { low: Number(match[1]), high: Number(match[2]) };
  return /^[012](\.0+)?$/.test(text) ? Number(text) : undefined;
}

export function readEdits(parameters: Parameters): Fuzziness['edits'] | undefined {
  const text = parameters.text('fuzziness');
  if (text === undefined) return undefined;
  const edits = parseEdits(text);
  if (edits === undefined) throw elasticsearchError('parse_exception', `failed to parse [fuzziness] [${text}]: use AUTO, 0, 1 or 2`);
  return edits;
}

/** The parameters `fuzziness`, `prefix_length` and `fuzzy_transpositions`/`transpositions` of a query. */
export function readFuzziness(parameters: Parameters, transpositionsName: string): Fuzziness | undefined {
  const prefixLength = parameters.integer('prefix_length', 0);
  const transpositions = parameters.flag(transpositionsName, true);
  parameters.ignore('max_expansions', 'fuzzy_rewrite', 'rewrite');
  const edits = readEdits(parameters);
  return edits === undefined ? undefined : { edits, prefixLength, transpositions };
}

/** Edits allowed for a word of `length` characters. */
export function editsFor(edits: Fuzziness['edits'], length: number): number {
  if (typeof edits === 'number') return edits;
  if (length < edits.low) return 0;
  return length < edits.high ? 1 : 2;
}
