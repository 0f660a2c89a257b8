import { sqlString } from '../../lib/sql-text.ts';
import type { SpanRecord } from '../../model/span.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';

export type Operation = Readonly<{ name: string; kind: SpanRecord['kind'] }>;

/** How forms of traces call the service of a span that has none. */
export const unknownService = 'unknown_service';

/** Names that nobody looks for beyond this. */
const maxNames = 10_000;

/** Of every span that is stored, sorted. */
export async function serviceNames(engine: Engine, queryLimits: QueryLimits = {}): Promise<readonly string[]> {
  // Ends and errors of an operation may leave out what its start has told.
  const name = `if(empty(service), if(record IN ('span', 'start'), ${sqlString(unknownService)}, ''), toString(service))`;
  const rows = await engine.select(
    `SELECT DISTINCT ${name} AS name FROM spans WHERE notEmpty(name) ORDER BY name LIMIT ${maxNames}`,
    queryLimits,
  );
  return rows.map(({ name: text }) => String(text));
}

const ofService = (service: string): string =>
  service === unknownService ? `service IN ('', ${sqlString(service)})` : `service = ${sqlString(service)}`;

/** What a service does, sorted by name and kind; what all do when `service` is undefined. */
export async function operationNames(
  engine: Engine,
  service: string | undefined,
  queryLimits: QueryLimits = {},
): Promise<readonly Operation[]> {
  const condition = service === undefined ? '1' : ofService(service);
  const rows = await engine.select(
    `SELECT DISTINCT toString(spans.name) AS name, toString(spans.kind) AS kind FROM spans WHERE ${condition} AND notEmpty(spans.name)
    ORDER BY name, kind LIMIT ${maxNames}`,
    queryLimits,
  );
  return rows.map(({ name, kind }) => ({ name: String(name), kind: String(kind) as Operation['kind'] }));
}

/** Whom a service says it calls, sorted. */
export async function remoteServiceNames(engine: Engine, service: string, queryLimits: QueryLimits = {}): Promise<readonly string[]> {
  const rows = await engine.select(
    `SELECT DISTINCT toString(target) AS name FROM spans WHERE ${ofService(service)} AND notEmpty(target) ORDER BY name LIMIT ${maxNames}`,
    queryLimits,
  );
  return rows.map(({ name }) => String(name));
}
