import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { sqlNumber } from '../../../lib/sql-text.ts';
import type { Kind } from '../aggregation.ts';
import { countIn } from '../row.ts';
import { metricArgument, parseMetricField } from './metric-argument.ts';
import { printPercentiles, readDigest } from './percentiles.ts';

/** The exact share of values at or below each of `values`, in percent. */
export const percentileRanks: Kind = {
  type: 'percentile_ranks',
  children: 'refused',
  parse(params) {
    const source = parseMetricField(params);
    const values = params.numbers('values');
    if (values === undefined || values.length === 0) throw illegalArgument('[values] must not be null or empty');
    const keyed = params.boolean('keyed', true);
    const typedName = `${readDigest(params)}_percentile_ranks`;
    const sorted = [...values].sort((left, right) => left - right);
    return (level) => {
      const argument = metricArgument(level, source, 'percentile_ranks');
      if (argument === undefined) return { typedName, read: () => printPercentiles(sorted, [], keyed) };
      const aggregate = (name: string, sql: string) => level.aggregate({ name, args: [sql], array: argument.array });
      const total = aggregate('count', argument.sql);
      const columns = sorted.map((value) => {
        const test = (sql: string) => `toUInt64(${sql} <= ${sqlNumber(value)})`;
        return aggregate('sum', argument.array ? `arrayMap(x -> ${test('x')}, ${argument.sql})` : test(argument.sql));
      });
      return {
        typedName,
        read: (row) => {
          const count = countIn(row, total);
          return printPercentiles(
            sorted,
            columns.map((column) => (count === 0 ? null : (100 * countIn(row, column)) / count)),
            keyed,
          );
        },
        order: ([key]) => {
          const index = sorted.indexOf(Number(key));
          return index < 0 ? undefined : `${columns[index]} / ${total}`;
        },
      };
    };
  },
};
