import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import { rangeSql } from '../traces-analysis/service-map.ts';
import type { SeenVersion } from './window-summary.ts';

const maxVersions = 1000;

/** Versions that spans of a range name (`service.version` of their resource), with the start of the first such span. */
export async function spanVersions(
  engine: Pick<Engine, 'select'>,
  range: TimeRange,
  limits: QueryLimits = {},
): Promise<readonly SeenVersion[]> {
  const rows = await engine.select(
    `SELECT toString(service) AS service, JSONExtractString(resource['service.version']) AS version, toUnixTimestamp64Milli(min(start)) AS first
    FROM spans PREWHERE ${rangeSql(range)} WHERE has(mapKeys(resource), 'service.version')
    GROUP BY service, version HAVING version != '' ORDER BY first LIMIT ${maxVersions}`,
    limits,
  );
  return rows.map((row) => ({ service: String(row.service), version: String(row.version), firstMillis: Number(row.first) }));
}
