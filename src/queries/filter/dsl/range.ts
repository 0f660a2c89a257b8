import { parsingError } from '../../../lib/elasticsearch-errors.ts';
import { rangeQuery, type Value } from '../query.ts';
import type { DslOperator } from './dsl-query.ts';
import { fieldForm, type Parameters } from './parameters.ts';

/** The old form `{from, to, include_lower, include_upper}`, which clients of Elasticsearch 7 still send. */
function oldBounds(parameters: Parameters): Partial<Record<'gt' | 'gte' | 'lt' | 'lte', Value | undefined>> {
  const from = parameters.value('from');
  const to = parameters.value('to');
  const lower = parameters.flag('include_lower', true) ? 'gte' : 'gt';
  const upper = parameters.flag('include_upper', true) ? 'lte' : 'lt';
  return { ...(from === undefined ? {} : { [lower]: from }), ...(to === undefined ? {} : { [upper]: to }) };
}

export const rangeOperator: DslOperator = (body) => {
  const { field, parameters } = fieldForm('range', body, '');
  if (parameters.has('')) throw parsingError(`[range] query malformed, no start_object after field [${field}]`);
  // The relation speaks of fields that hold ranges, which we have not; for points all relations mean the same.
  parameters.oneOf('relation', ['intersects', 'contains', 'within'], 'intersects');
  const old = oldBounds(parameters);
  const query = rangeQuery(field, {
    gt: parameters.value('gt') ?? old.gt,
    gte: parameters.value('gte') ?? old.gte,
    lt: parameters.value('lt') ?? old.lt,
    lte: parameters.value('lte') ?? old.lte,
    format: parameters.text('format'),
    timeZone: parameters.text('time_zone'),
  });
  parameters.finish();
  return query;
};
