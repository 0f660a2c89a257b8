import { objectOf, objects } from '../../lib/json/json-members.ts';
import { parseJson } from '../../lib/json/json-text.ts';
import {
  attempt,
  type ChangePorts,
  joinVersions,
  rangeOf,
  readVersions,
  type SeenVersion,
  servicesAggregation,
  type Window,
} from './window-summary.ts';

/** A service was first seen in `version` at `firstMillis`, having been seen in `before` in the same window. */
export type VersionChange = SeenVersion & Readonly<{ before: string }>;

export type VersionChanges = Readonly<{
  /** In the order of time. */
  changes: readonly VersionChange[];
  /** Why parts of it are missing. */
  missing: readonly string[];
}>;

/** When services changed their version within a window. Rejects with `AppError` when neither records nor spans can be read. */
export async function findVersionChanges(ports: Pick<ChangePorts, 'search' | 'versions'>, window: Window): Promise<VersionChanges> {
  const logs = await attempt(versionsInLogs(ports, window));
  const spans = await attempt(ports.versions(rangeOf(window)));
  if ('error' in logs && 'error' in spans) throw logs.error;
  const seen = joinVersions([...('value' in logs ? logs.value : []), ...('value' in spans ? spans.value : [])]);
  return {
    changes: changesAmong(seen),
    missing: [
      ...('error' in logs ? [`Log records: ${logs.error.message}`] : []),
      ...('error' in spans ? [`Versions in spans: ${spans.error.message}`] : []),
    ],
  };
}

function changesAmong(seen: readonly SeenVersion[]): readonly VersionChange[] {
  const last = new Map<string, string>();
  return seen
    .toSorted((one, other) => one.firstMillis - other.firstMillis)
    .flatMap((one): readonly VersionChange[] => {
      const before = last.get(one.service);
      last.set(one.service, one.version);
      return before === undefined ? [] : [{ ...one, before }];
    });
}

async function versionsInLogs({ search }: Pick<ChangePorts, 'search'>, { fromMillis, toMillis }: Window): Promise<readonly SeenVersion[]> {
  const range = { gte: Math.trunc(fromMillis), lt: Math.trunc(toMillis), format: 'epoch_millis' };
  const answer = await search({
    size: 0,
    track_total_hits: false,
    query: { bool: { filter: [{ range: { timestamp: range } }, { exists: { field: 'service.version' } }] } },
    aggs: { services: servicesAggregation },
  });
  return readVersions(objects(objectOf(objectOf(objectOf(parseJson(answer)).aggregations).services).buckets), toMillis);
}
