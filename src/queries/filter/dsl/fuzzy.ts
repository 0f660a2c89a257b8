import type { DslOperator } from './dsl-query.ts';
import { parseEdits, readFuzziness } from './fuzziness.ts';
import { fieldForm } from './parameters.ts';

export const fuzzyOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('fuzzy', body, 'value');
  const value = String(parameters.requiredValue('value'));
  const prefixLength = parameters.integer('prefix_length', 0);
  const transpositions = parameters.flag('transpositions', true);
  const given = readFuzziness(parameters, 'transpositions');
  parameters.finish();
  const fuzziness = given ?? { edits: parseEdits('AUTO') ?? 0, prefixLength, transpositions };
  return { kind: 'fuzzy', field, value, fuzziness, normalized: false };
};
