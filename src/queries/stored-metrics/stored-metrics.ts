import { sqlString } from '../../lib/sql-text.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { instantSql, type TimeRange } from '../traceql/time-range.ts';
import { parseAttributes, parseObject } from '../traces/attribute-values.ts';

export type MetricName = Readonly<{
  name: string;
  type: string;
  unit: string;
  description: string;
  services: readonly string[];
  points: number;
}>;

/** A data point as its sender gave it. Times are decimal nanoseconds since the epoch. */
export type StoredPoint = Readonly<{
  service: string;
  type: string;
  unit: string;
  temporality: string;
  monotonic: boolean;
  startNanos: string;
  timeNanos: string;
  /** Of a gauge or a sum: its text, exact. */
  value: string;
  count: string | null;
  sum: number | null;
  min: number | null;
  max: number | null;
  details: Readonly<Record<string, unknown>>;
  attributes: Readonly<Record<string, unknown>>;
  resource: Readonly<Record<string, unknown>>;
  scope: Readonly<Record<string, unknown>>;
}>;

/** What can be asked about stored metrics. */
export interface StoredMetrics {
  names(range: TimeRange, limit: number): Promise<readonly MetricName[]>;
  /** The newest first. */
  points(name: string, service: string | undefined, range: TimeRange, limit: number): Promise<readonly StoredPoint[]>;
}

const within = ({ from, to }: TimeRange): string =>
  [...(from === undefined ? [] : [`time >= ${instantSql(from)}`]), ...(to === undefined ? [] : [`time <= ${instantSql(to)}`]), '1'].join(
    ' AND ',
  );

export function createStoredMetrics(engine: Engine, limits: QueryLimits): StoredMetrics {
  return {
    async names(range, limit) {
      const rows = await engine.select(
        `SELECT name, any(type) AS type, any(unit) AS unit, any(description) AS description, arraySort(groupUniqArray(toString(service))) AS services, count() AS points
         FROM metrics WHERE ${within(range)} GROUP BY name ORDER BY name LIMIT ${limit}`,
        limits,
      );
      return rows.map(({ points, ...row }) => ({ ...row, points: Number(points) }) as MetricName);
    },

    async points(name, service, range, limit) {
      const ofService = service === undefined ? '1' : `service = ${sqlString(service)}`;
      const rows = await engine.select(
        `SELECT service, type, unit, temporality, monotonic, toString(toUnixTimestamp64Nano(start)) AS start_nanos, toString(toUnixTimestamp64Nano(time)) AS time_nanos,
           value_text, toString(count) AS points, sum, min, max, details, attributes, resource, scope
         FROM metrics WHERE name = ${sqlString(name)} AND ${ofService} AND ${within(range)} ORDER BY metrics.time DESC, _segment DESC, _row DESC LIMIT ${limit}`,
        limits,
      );
      return rows.map((row) => ({
        service: String(row.service),
        type: String(row.type),
        unit: String(row.unit),
        temporality: String(row.temporality),
        monotonic: row.monotonic === true,
        startNanos: String(row.start_nanos),
        timeNanos: String(row.time_nanos),
        value: String(row.value_text),
        count: row.points as string | null,
        sum: row.sum as number | null,
        min: row.min as number | null,
        max: row.max as number | null,
        details: parseObject(String(row.details)),
        attributes: parseAttributes(row.attributes as Record<string, string>),
        resource: parseAttributes(row.resource as Record<string, string>),
        scope: parseObject(String(row.scope)),
      }));
    },
  };
}
