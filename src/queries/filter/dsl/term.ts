import { termQuery } from '../query.ts';
import { QueryError } from '../query-error.ts';
import type { DslOperator } from './dsl-query.ts';
import { fieldForm, isBody, isValue } from './parameters.ts';

/** Elasticsearch's limit `index.max_terms_count`. */
const maxTerms = 65_536;

export const termOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('term', body, 'value');
  const query = termQuery(field, parameters.requiredValue('value'), { caseInsensitive: parameters.flag('case_insensitive', false) });
  parameters.finish();
  return query;
};

export const termsOperator: DslOperator = (body) => {
  if (!isBody(body)) throw new QueryError('parsing_exception', '[terms] query malformed, no start_object after query name');
  const entries = Object.entries(body).filter(([name]) => name !== 'boost' && name !== '_name');
  const [entry, second] = entries;
  if (entry === undefined) throw new QueryError('parsing_exception', '[terms] query requires a field name');
  if (second !== undefined) {
    throw new QueryError('parsing_exception', `[terms] query does not support multiple fields, found [${entry[0]}] and [${second[0]}]`);
  }
  const [field, values] = entry;
  if (isBody(values)) throw new QueryError('illegal_argument_exception', '[terms] lookup in another index is not supported', 'unsupported');
  if (!Array.isArray(values)) throw new QueryError('parsing_exception', `[terms] query requires an array of values for [${field}]`);
  if (values.length > maxTerms) {
    throw new QueryError(
      'illegal_argument_exception',
      `The number of terms [${values.length}] used in the Terms Query request has exceeded the allowed maximum of [${maxTerms}].`,
    );
  }
  const list = values.map((value: unknown) => {
    if (isValue(value)) return value;
    throw new QueryError('parsing_exception', `[terms] query: the values of [${field}] must be strings, numbers or booleans`);
  });
  return { kind: 'terms', field, values: list };
};

export const termsSetOperator: DslOperator = () => {
  throw new QueryError(
    'illegal_argument_exception',
    'query [terms_set] is not supported; use bool with minimum_should_match',
    'unsupported',
  );
};
