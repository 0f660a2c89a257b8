import { AppError } from '../../lib/errors.ts';
import { objectOf, objects, text } from '../../lib/json/json-members.ts';
import { parseJson } from '../../lib/json/json-text.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import type { ServiceMap } from '../traces-analysis/service-map.ts';
import { type CountedMessages, messageAggregation, readMessages } from './error-messages.ts';
import { errorQuery } from './error-query.ts';

/** Unix milliseconds; the end does not belong to it. */
export type Window = Readonly<{ fromMillis: number; toMillis: number }>;

/** `service` in that version said or did something; first in the window at `firstMillis`. */
export type SeenVersion = Readonly<{ service: string; version: string; firstMillis: number }>;

export type ServiceNumbers = Readonly<{ calls: number; errors: number; p50: number; p95: number }>;

/** What two windows are compared by. */
export type WindowSummary = Readonly<{
  errors: CountedMessages;
  /** Records of failures, in all. */
  errorRecords: number;
  numbers: ReadonlyMap<string, ServiceNumbers>;
  /** Agents and services that sent log records or spans. */
  agents: ReadonlySet<string>;
  versions: readonly SeenVersion[];
  /** Why parts of it are missing. */
  missing: readonly string[];
}>;

export type ChangePorts = Readonly<{
  /** A search of Elasticsearch's API over all indices: its body, and its answer as JSON text. */
  search: (body: Readonly<Record<string, unknown>>) => Promise<string>;
  map: (range: TimeRange) => Promise<ServiceMap>;
  /** Versions that spans name. */
  versions: (range: TimeRange) => Promise<readonly SeenVersion[]>;
}>;

const maxMessages = 1000;
const maxAgents = 1000;
const maxVersions = 20;

type FromLogs = Pick<WindowSummary, 'errors' | 'errorRecords' | 'agents' | 'versions'>;
const nothing: FromLogs = { errors: { messages: [], others: 0 }, errorRecords: 0, agents: new Set(), versions: [] };

/** Rejects with `AppError` when neither records nor calls can be read; what alone cannot be read is named in `missing`. */
export async function summariseWindow(ports: ChangePorts, window: Window): Promise<WindowSummary> {
  const range = rangeOf(window);
  const logs = await attempt(fromLogs(ports, window));
  const map = await attempt(ports.map(range));
  const versions = await attempt(ports.versions(range));
  if ('error' in logs && 'error' in map) throw logs.error;
  const found = 'value' in logs ? logs.value : nothing;
  const nodes = 'value' in map ? map.value.nodes : [];
  const numbers = new Map(
    nodes.map(({ service, calls, errors, p50Millis, p95Millis }) => [service, { calls, errors, p50: p50Millis, p95: p95Millis }]),
  );
  return {
    ...found,
    numbers,
    agents: new Set([...found.agents, ...numbers.keys()]),
    versions: joinVersions([...found.versions, ...('value' in versions ? versions.value : [])]),
    missing: [
      ...('error' in logs ? [`Log records: ${logs.error.message}`] : []),
      ...('error' in map ? [`Calls: ${map.error.message}`] : []),
      ...('error' in versions ? [`Versions in spans: ${versions.error.message}`] : []),
    ],
  };
}

/** In nanoseconds, both ends included. */
export const rangeOf = ({ fromMillis, toMillis }: Window): TimeRange => ({
  from: BigInt(Math.trunc(fromMillis)) * 1_000_000n,
  to: BigInt(Math.trunc(toMillis)) * 1_000_000n - 1n,
});

export async function attempt<T>(asked: Promise<T>): Promise<Readonly<{ value: T }> | Readonly<{ error: AppError }>> {
  try {
    return { value: await asked };
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}

async function fromLogs({ search }: ChangePorts, { fromMillis, toMillis }: Window): Promise<FromLogs> {
  const range = { gte: Math.trunc(fromMillis), lt: Math.trunc(toMillis), format: 'epoch_millis' };
  const answer = await search({
    size: 0,
    track_total_hits: false,
    query: { range: { timestamp: range } },
    aggs: {
      errors: { filter: errorQuery, aggs: { messages: messageAggregation(maxMessages) } },
      agents: { terms: { field: 'agent.name', size: maxAgents } },
      services: servicesAggregation,
    },
  });
  const { errors, agents, services } = objectOf(objectOf(parseJson(answer)).aggregations);
  const serviceBuckets = objects(objectOf(services).buckets);
  return {
    errors: readMessages(objectOf(objectOf(errors).messages)),
    errorRecords: Number(objectOf(errors).doc_count ?? 0),
    agents: new Set([...objects(objectOf(agents).buckets), ...serviceBuckets].map(({ key }) => text(key))),
    versions: readVersions(serviceBuckets, toMillis),
  };
}

/** Services with their versions and when each was first seen, for `readVersions`. */
export const servicesAggregation = {
  terms: { field: 'service.name', size: maxAgents },
  aggs: {
    versions: { terms: { field: 'service.version', size: maxVersions }, aggs: { first: { min: { field: 'timestamp' } } } },
  },
};

export const readVersions = (services: ReturnType<typeof objects>, toMillis: number): readonly SeenVersion[] =>
  services.flatMap((bucket) =>
    objects(objectOf(bucket.versions).buckets).map(({ key, first }) => ({
      service: text(bucket.key),
      version: text(key),
      firstMillis: Number(objectOf(first).value ?? toMillis),
    })),
  );

/** Each version of a service once, when it was first seen anywhere. */
export function joinVersions(all: readonly SeenVersion[]): readonly SeenVersion[] {
  const joined = new Map<string, SeenVersion>();
  for (const one of all) {
    const key = JSON.stringify([one.service, one.version]);
    const known = joined.get(key);
    if (known === undefined || one.firstMillis < known.firstMillis) joined.set(key, one);
  }
  return [...joined.values()].filter(({ version }) => version !== '');
}
