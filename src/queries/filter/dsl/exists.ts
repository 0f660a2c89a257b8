import { parsingError } from '../../../lib/elasticsearch-errors.ts';
import type { DslOperator } from './dsl-query.ts';
import { Parameters } from './parameters.ts';

export const existsOperator: DslOperator = (body) => {
  const parameters = new Parameters('exists', body);
  const field = parameters.text('field');
  parameters.finish();
  if (field === undefined || field === '') throw parsingError('[exists] must be provided with a [field]');
  return { kind: 'exists', field };
};
