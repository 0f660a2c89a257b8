import { illegalArgument, parsingError, unsupported } from '../../../lib/elasticsearch-errors.ts';
import { termQuery } from '../query.ts';
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
  if (!isBody(body)) throw parsingError('[terms] query malformed, no start_object after query name');
  const entries = Object.entries(body).filter(([name]) => name !== 'boost' && name !== '_name');
  const [entry, second] = entries;
  if (entry === undefined) throw parsingError('[terms] query requires a field name');
  if (second !== undefined) {
    throw parsingError(`[terms] query does not support multiple fields, found [${entry[0]}] and [${second[0]}]`);
  }
  const [field, values] = entry;
  if (isBody(values)) throw unsupported('[terms] lookup in another index is not supported');
  if (!Array.isArray(values)) throw parsingError(`[terms] query requires an array of values for [${field}]`);
  if (values.length > maxTerms) {
    throw illegalArgument(
      `The number of terms [${values.length}] used in the Terms Query request has exceeded the allowed maximum of [${maxTerms}].`,
    );
  }
  const list = values.map((value: unknown) => {
    if (isValue(value)) return value;
    throw parsingError(`[terms] query: the values of [${field}] must be strings, numbers or booleans`);
  });
  return { kind: 'terms', field, values: list };
};

export const termsSetOperator: DslOperator = () => {
  throw unsupported('query [terms_set] is not supported; use bool with minimum_should_match');
};
