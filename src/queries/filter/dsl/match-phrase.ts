import { phraseQuery } from '../query.ts';
import type { DslOperator } from './dsl-query.ts';
import { refuseAnalyzer } from './match.ts';
import { fieldForm } from './parameters.ts';

function phraseOperator(name: string, prefix: boolean): DslOperator {
  return (body) => {
    const { field, parameters } = fieldForm(name, body, 'query');
    refuseAnalyzer(parameters);
    parameters.ignore('zero_terms_query', 'max_expansions');
    const query = phraseQuery(field, parameters.requiredValue('query'), { slop: parameters.integer('slop', 0), prefix });
    parameters.finish();
    return query;
  };
}

export const matchPhraseOperator = phraseOperator('match_phrase', false);
export const matchPhrasePrefixOperator = phraseOperator('match_phrase_prefix', true);
