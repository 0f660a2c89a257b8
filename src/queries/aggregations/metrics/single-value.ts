import type { Kind } from '../aggregation.ts';
import { keyValues } from '../field-values.ts';
import { numberIn } from '../row.ts';
import { metricArgument, parseMetricField, printed } from './metric-argument.ts';

type Spec = Readonly<{ type: string; function: string; ofNothing: number | null }>;

const specs: readonly Spec[] = [
  { type: 'avg', function: 'avgOrNull', ofNothing: null },
  { type: 'sum', function: 'sum', ofNothing: 0 },
  { type: 'min', function: 'minOrNull', ofNothing: null },
  { type: 'max', function: 'maxOrNull', ofNothing: null },
];

/** Metrics that are one aggregate function of one field. */
export const singleValueMetrics: readonly Kind[] = [
  ...specs.map(
    (spec): Kind => ({
      type: spec.type,
      children: 'refused',
      parse(params) {
        const source = parseMetricField(params);
        return (level) => {
          const argument = metricArgument(level, source, spec.type);
          if (argument === undefined) return { typedName: spec.type, read: () => ({ value: spec.ofNothing }) };
          const column = level.aggregate({ name: spec.function, args: [argument.sql], array: argument.array });
          return {
            typedName: spec.type,
            read: (row) => printed(numberIn(row, column) ?? spec.ofNothing, argument, source.format),
            order: (path) => (path.length === 0 || path[0] === 'value' ? column : undefined),
          };
        };
      },
    }),
  ),
  {
    type: 'value_count',
    children: 'refused',
    parse(params) {
      const source = parseMetricField(params);
      return (level) => {
        const values = keyValues(level.context.fields, source.field);
        if (values === undefined) {
          const column = source.missing === undefined ? undefined : level.documentCount();
          return { typedName: 'value_count', read: (row) => ({ value: column === undefined ? 0 : (numberIn(row, column) ?? 0) }) };
        }
        const length = values.array
          ? `length(${values.sql})`
          : values.missing === 'never'
            ? '1'
            : `toUInt64(${values.missing === 'empty' ? `${values.sql} != ''` : `${values.sql} IS NOT NULL`})`;
        const argument = source.missing === undefined ? length : `greatest(${length}, 1)`;
        const column = level.aggregate({ name: 'sum', args: [argument] });
        return {
          typedName: 'value_count',
          read: (row) => ({ value: numberIn(row, column) ?? 0 }),
          order: (path) => (path.length === 0 || path[0] === 'value' ? column : undefined),
        };
      };
    },
  },
];
