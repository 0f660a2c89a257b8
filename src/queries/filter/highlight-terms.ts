import { analyze, lowerCase } from './analyze.ts';
import type { Fuzziness, PatternQuery, Query } from './query.ts';

/** What a query looks for in a field, for marking it in a text. Tokens and prefixes are in lower case. */
export type HighlightTerms = {
  tokens: string[];
  /** Words side by side. */
  phrases: string[][];
  /** Whole values, in their own case. */
  values: string[];
  prefixes: string[];
  patterns: Pick<PatternQuery, 'kind' | 'value' | 'caseInsensitive' | 'extendedSyntax'>[];
  fuzzy: { token: string; fuzziness: Fuzziness }[];
};

/** By field name or pattern, `*` for all fields. What stands under `must_not` is not looked for, ranges mark nothing. */
export function termsOf(query: Query): Map<string, HighlightTerms> {
  const terms = new Map<string, HighlightTerms>();
  collect(query, (field) => {
    const known = terms.get(field) ?? { tokens: [], phrases: [], values: [], prefixes: [], patterns: [], fuzzy: [] };
    terms.set(field, known);
    return known;
  });
  return terms;
}

function collect(query: Query, of: (field: string) => HighlightTerms): void {
  switch (query.kind) {
    case 'bool':
      for (const inner of [...query.must, ...query.filter, ...query.should]) collect(inner, of);
      return;
    case 'term':
      addValue(of(query.field), String(query.value));
      return;
    case 'terms':
      for (const value of query.values) addValue(of(query.field), String(value));
      return;
    case 'match':
      addMatch(of(query.field), analyze(String(query.text)), query.prefixLast, query.fuzziness);
      return;
    case 'phrase': {
      const words = analyze(String(query.text));
      const [only] = words;
      if (words.length === 1 && only !== undefined) of(query.field)[query.prefix ? 'prefixes' : 'tokens'].push(only);
      else if (words.length > 0) of(query.field).phrases.push(words);
      return;
    }
    case 'prefix':
      of(query.field).prefixes.push(lowerCase(query.value));
      return;
    case 'wildcard':
    case 'regexp': {
      const { kind, value, caseInsensitive, extendedSyntax } = query;
      of(query.field).patterns.push({ kind, value, caseInsensitive, extendedSyntax });
      return;
    }
    case 'fuzzy':
      of(query.field).fuzzy.push({ token: lowerCase(query.value), fuzziness: query.fuzziness });
      return;
    default:
      return;
  }
}

function addValue(terms: HighlightTerms, value: string): void {
  terms.values.push(value);
  const [token, second] = analyze(value);
  if (token !== undefined && second === undefined) terms.tokens.push(token);
}

function addMatch(terms: HighlightTerms, words: readonly string[], prefixLast: boolean, fuzziness: Fuzziness | undefined): void {
  words.forEach((word, index) => {
    if (prefixLast && index === words.length - 1) terms.prefixes.push(word);
    else if (fuzziness !== undefined) terms.fuzzy.push({ token: word, fuzziness });
    else terms.tokens.push(word);
  });
}
