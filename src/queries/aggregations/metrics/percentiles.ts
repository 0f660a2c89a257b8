import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { isObject, type Params } from '../params.ts';
import { arrayIn, asNumber } from '../row.ts';
import { asString, type MetricArgument, metricArgument, parseMetricField } from './metric-argument.ts';

const defaultPercents = [1, 5, 25, 50, 75, 95, 99];

/**
 * Exact: `quantilesExactInclusive` interpolates linearly between the two nearest values at q·(n−1), which is what
 * Elasticsearch's digest does while it still holds every value (1, 51, 101, 151 give p25 38.5 and p95 143.5). It keeps
 * 8 bytes per value; `quantilesTDigest` would save them, but is wrong for few values (it gives 1 and 151).
 */
export const percentiles: Kind = {
  type: 'percentiles',
  children: 'refused',
  parse(params) {
    const source = parseMetricField(params);
    const percents = params.numbers('percents') ?? defaultPercents;
    if (percents.length === 0) throw illegalArgument('[percents] must not be empty');
    const wrong = percents.find((percent) => percent < 0 || percent > 100);
    if (wrong !== undefined) throw illegalArgument(`percent must be in [0,100], got [${javaDouble(wrong)}]`);
    const keyed = params.boolean('keyed', true);
    const method = readDigest(params);
    const sorted = [...percents].sort((left, right) => left - right);
    const typedName = `${method}_percentiles`;
    return (level) => {
      const argument = metricArgument(level, source, 'percentiles');
      if (argument === undefined) return { typedName, read: () => printPercentiles(sorted, [], keyed) };
      const parameters = sorted.map((percent) => percent / 100);
      const column = level.aggregate({ name: 'quantilesExactInclusive', parameters, args: [argument.sql], array: argument.array });
      return {
        typedName,
        read: (row) => printPercentiles(sorted, arrayIn(row, column).map(asNumber), keyed, argument, source.format),
        order: ([key, ...rest]) => {
          const index = sorted.indexOf(Number(key));
          return rest.length > 0 || index < 0 ? undefined : `${column}[${index + 1}]`;
        },
      };
    };
  },
};

/** `tdigest` and `hdr` only choose between approximations, so they are checked and not needed. */
export function readDigest(params: Params): 'tdigest' | 'hdr' {
  const hdr = params.get('hdr');
  const tdigest = params.get('tdigest');
  params.ignore('compression', 'method');
  for (const [name, value] of Object.entries({ hdr, tdigest })) {
    if (value !== undefined && !isObject(value)) throw params.wrongValue(name, value);
  }
  if (hdr !== undefined && tdigest !== undefined) throw illegalArgument('Only one percentiles method should be declared.');
  return hdr === undefined ? 'tdigest' : 'hdr';
}

/** Answers are keyed by the requested numbers, printed as Java prints doubles. */
export function printPercentiles(
  keys: readonly number[],
  values: readonly (number | null)[],
  keyed: boolean,
  argument?: MetricArgument,
  format?: string,
): Record<string, unknown> {
  const entries = keys.map((key, index) => {
    const value = values[index] ?? null;
    return { key, value, text: argument === undefined ? undefined : asString(value, argument, format) };
  });
  if (!keyed) {
    return { values: entries.map(({ key, value, text }) => (text === undefined ? { key, value } : { key, value, value_as_string: text })) };
  }
  return {
    values: Object.fromEntries(
      entries.flatMap(({ key, value, text }) => [
        [javaDouble(key), value],
        ...(text === undefined ? [] : [[`${javaDouble(key)}_as_string`, text]]),
      ]),
    ),
  };
}

/** `50` is `50.0`, `99.9` stays; very large and small numbers use Java's `E` notation. */
export function javaDouble(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [digits = '', exponent = ''] = value.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
