import type { DslOperator } from './dsl-query.ts';
import { Parameters } from './parameters.ts';

export const idsOperator: DslOperator = (body) => {
  const parameters = new Parameters('ids', body);
  const values = parameters.texts('values') ?? [];
  parameters.ignore('type');
  parameters.finish();
  return { kind: 'ids', values };
};
