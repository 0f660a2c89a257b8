import { parsingError } from '../../../lib/elasticsearch-errors.ts';
import { anyField } from '../query.ts';
import { parseKql } from '../syntax/kql.ts';
import { escapeQueryString, parseQueryString } from '../syntax/query-string.ts';
import { parseSimpleQueryString } from '../syntax/simple-query-string.ts';
import type { DslContext, DslOperator } from './dsl-query.ts';
import { parseEdits, readEdits } from './fuzziness.ts';
import { refuseAnalyzer } from './match.ts';
import { withoutBoost } from './multi-match.ts';
import { Parameters } from './parameters.ts';

/** The query languages that come as text inside the DSL. */

function requiredText(parameters: Parameters): string {
  const text = parameters.text('query');
  if (text === undefined) throw parsingError(`[${parameters.query}] must be provided with a [query]`);
  return text;
}

function readFields(parameters: Parameters): string[] {
  const fields = parameters.texts('fields')?.map(withoutBoost);
  return fields === undefined || fields.length === 0 ? [anyField] : fields;
}

const ignored = [
  'analyze_wildcard',
  'auto_generate_synonyms_phrase_query',
  'enable_position_increments',
  'fuzzy_max_expansions',
  'fuzzy_rewrite',
  'max_determinized_states',
  'rewrite',
  'tie_breaker',
] as const;

export const queryStringOperator: DslOperator = (body, context: DslContext) => {
  const parameters = new Parameters('query_string', body);
  refuseAnalyzer(parameters);
  parameters.ignore(...ignored);
  parameters.oneOf('type', ['best_fields', 'most_fields'], 'best_fields');
  const defaultField = parameters.text('default_field');
  const options = {
    fields: defaultField === undefined ? readFields(parameters) : [defaultField],
    operator: parameters.oneOf('default_operator', ['or', 'and'], 'or'),
    lenient: parameters.flag('lenient', false),
    allowLeadingWildcard: parameters.flag('allow_leading_wildcard', true),
    timeZone: parameters.text('time_zone'),
    phraseSlop: parameters.integer('phrase_slop', 0),
    minimumShouldMatch: parameters.text('minimum_should_match'),
    fuzziness: {
      edits: readEdits(parameters) ?? parseEdits('AUTO') ?? 0,
      prefixLength: parameters.integer('fuzzy_prefix_length', 0),
      transpositions: parameters.flag('fuzzy_transpositions', true),
    },
    countClauses: (count: number) => context.countClauses(count),
  } as const;
  const text = requiredText(parameters);
  const isPlain = parameters.flag('escape', false);
  if (defaultField !== undefined && parameters.has('fields')) {
    throw parsingError('[query_string] [default_field] and [fields] exclude each other');
  }
  parameters.finish();
  return parseQueryString(isPlain ? escapeQueryString(text) : text, options);
};

export const simpleQueryStringOperator: DslOperator = (body, context) => {
  const parameters = new Parameters('simple_query_string', body);
  refuseAnalyzer(parameters);
  parameters.ignore(...ignored);
  const options = {
    fields: readFields(parameters),
    operator: parameters.oneOf('default_operator', ['or', 'and'], 'or'),
    lenient: parameters.flag('lenient', false),
    flags: parameters.text('flags') ?? 'ALL',
    minimumShouldMatch: parameters.text('minimum_should_match'),
    fuzziness: {
      prefixLength: parameters.integer('fuzzy_prefix_length', 0),
      transpositions: parameters.flag('fuzzy_transpositions', true),
    },
    countClauses: (count: number) => context.countClauses(count),
  } as const;
  const text = requiredText(parameters);
  parameters.finish();
  return parseSimpleQueryString(text, options);
};

/** Our own: Kibana's query language. */
export const kqlOperator: DslOperator = (body, context) => {
  const parameters = new Parameters('kql', body);
  const text = requiredText(parameters);
  const timeZone = parameters.text('time_zone');
  parameters.finish();
  return parseKql(text, { timeZone, countClauses: (count) => context.countClauses(count) });
};
