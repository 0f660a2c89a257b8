import { parsingError } from '../../../lib/elasticsearch-errors.ts';
import { patternQuery } from '../query.ts';
import type { DslOperator } from './dsl-query.ts';
import { fieldForm, type Parameters } from './parameters.ts';

function finish(parameters: Parameters): void {
  parameters.ignore('rewrite', 'max_determinized_states');
  parameters.finish();
}

export const prefixOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('prefix', body, 'value');
  const caseInsensitive = parameters.flag('case_insensitive', false);
  const query = patternQuery('prefix', field, String(parameters.requiredValue('value')), { caseInsensitive });
  finish(parameters);
  return query;
};

export const wildcardOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('wildcard', body, 'value');
  const value = parameters.text('value') ?? parameters.text('wildcard');
  if (value === undefined) throw parsingError('[wildcard] requires [value]');
  const query = patternQuery('wildcard', field, value, { caseInsensitive: parameters.flag('case_insensitive', false) });
  finish(parameters);
  return query;
};

export const regexpOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('regexp', body, 'value');
  const flags = (parameters.text('flags') ?? 'ALL').toUpperCase();
  const query = patternQuery('regexp', field, String(parameters.requiredValue('value')), {
    caseInsensitive: parameters.flag('case_insensitive', false),
    extendedSyntax: flags !== 'NONE' && flags !== '',
  });
  finish(parameters);
  return query;
};
