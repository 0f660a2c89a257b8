import { type MatchQuery, matchQuery } from '../query.ts';
import type { DslOperator } from './dsl-query.ts';
import { readFuzziness } from './fuzziness.ts';
import { fieldForm, type Parameters } from './parameters.ts';

/** What `match`, `match_bool_prefix` and `multi_match` have in common. */
export function readMatchOptions(parameters: Parameters): Partial<MatchQuery> {
  refuseAnalyzer(parameters);
  parameters.ignore('auto_generate_synonyms_phrase_query', 'cutoff_frequency');
  return {
    operator: parameters.oneOf('operator', ['or', 'and'], 'or'),
    minimumShouldMatch: parameters.text('minimum_should_match'),
    fuzziness: readFuzziness(parameters, 'fuzzy_transpositions'),
    lenient: parameters.flag('lenient', false),
    zeroTerms: parameters.oneOf('zero_terms_query', ['none', 'all'], 'none'),
  };
}

/** One analyzer reads every text field, so only its own name is honoured. */
export function refuseAnalyzer(parameters: Parameters): void {
  for (const name of ['analyzer', 'quote_analyzer']) parameters.oneOf(name, ['standard'], 'standard');
}

export const matchOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('match', body, 'query');
  const query = matchQuery(field, parameters.requiredValue('query'), readMatchOptions(parameters));
  parameters.finish();
  return query;
};

export const matchBoolPrefixOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('match_bool_prefix', body, 'query');
  const query = matchQuery(field, parameters.requiredValue('query'), { ...readMatchOptions(parameters), prefixLast: true });
  parameters.finish();
  return query;
};
