import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { calendarUnit } from '../buckets/date-interval.ts';
import { numberIn } from '../row.ts';
import { metricArgument, parseMetricField } from './metric-argument.ts';

const unitMillis: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };
const unitMonths: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

/** Documents, values or sums per unit of time in the buckets of a `date_histogram`. */
export const rate: Kind = {
  type: 'rate',
  children: 'refused',
  parse(params) {
    const unit = params.string('unit');
    const known = unit === undefined ? undefined : calendarUnit(unit);
    if (unit !== undefined && known === undefined) throw illegalArgument(`Unsupported unit [${unit}]`);
    const mode = params.string('mode') ?? 'sum';
    if (mode !== 'sum' && mode !== 'value_count') throw illegalArgument(`Unsupported rate mode [${mode}]`);
    const source = params.body.field === undefined ? undefined : parseMetricField(params);
    if (source === undefined && params.get('mode') !== undefined)
      throw illegalArgument('The mode parameter is only supported with field or script');
    params.ignore('format');
    return (level) => {
      const { dates } = level;
      if (dates === undefined) {
        throw illegalArgument(
          'The rate aggregation can only be used inside a date histogram aggregation or composite aggregation with exactly one date histogram value source',
        );
      }
      const argument = source === undefined ? undefined : metricArgument(level, source, 'rate');
      const column =
        source === undefined
          ? level.documentCount()
          : argument === undefined
            ? undefined
            : level.aggregate({ name: mode === 'sum' ? 'sum' : 'count', args: [argument.sql], array: argument.array });
      const units = (start: number) => {
        const next = dates.next(start);
        if (known === undefined) return 1;
        const millis = unitMillis[known];
        if (millis !== undefined) return (next - start) / millis;
        // Months differ in length, so a bucket of whole months is counted in months.
        const months = Math.round((next - start) / ((365.25 * 86_400_000) / 12));
        return months === 0 ? (next - start) / ((unitMonths[known] ?? 1) * 30.4375 * 86_400_000) : months / (unitMonths[known] ?? 1);
      };
      return {
        typedName: 'rate',
        read: (row) => {
          const sum = column === undefined ? null : numberIn(row, column);
          const start = dates.start(row);
          return { value: sum === null || !Number.isFinite(start) ? 0 : sum / units(start) };
        },
      };
    };
  },
};
