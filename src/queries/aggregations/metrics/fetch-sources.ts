import { sqlString } from '../../../lib/sql-text.ts';
import type { Level, RequestState } from '../level.ts';

type Wanted = () => readonly Readonly<{ index: string; id: string; place: readonly unknown[] }>[];

type Fetch = { readonly wanted: Wanted[]; readonly sources: Map<string, string> };

/** One fetch per request, whatever the number of `top_hits` in it. */
const fetches = new WeakMap<RequestState, Fetch>();

export const hitKey = (index: string, id: string): string => `${index}\u0000${id}`;

/** The texts of the documents that `wanted` names once the scans are done, by `hitKey`. */
export function fetchSources(level: Level, wanted: Wanted): ReadonlyMap<string, string> {
  const known = fetches.get(level.request);
  if (known !== undefined) {
    known.wanted.push(wanted);
    return known.sources;
  }
  const fetch: Fetch = { wanted: [wanted], sources: new Map() };
  fetches.set(level.request, fetch);
  level.request.afterScans.push(async () => {
    const identities = new Map(fetch.wanted.flatMap((one) => one()).map((hit) => [hitKey(hit.index, hit.id), hit]));
    if (identities.size === 0) return;
    const { hits, select } = level.context;
    const found = [...identities.values()];
    const tuples = found.map(({ index, id }) => `(${sqlString(index)}, ${sqlString(id)})`);
    const isWanted = hits.place?.isAt(found.map(({ place }) => place)) ?? `(${hits.index}, ${hits.id}) IN (${tuples.join(', ')})`;
    // Who knows the place needs no query to get there.
    const from = hits.place ? level.context.fromAll : level.request.from;
    const rows = await select(
      `SELECT ${hits.index} AS _index, ${hits.id} AS _id, ${hits.source({})} AS _source FROM ${from} ${/\bWHERE\b/i.test(from) ? 'AND' : 'WHERE'} ${isWanted}`,
    );
    for (const row of rows) fetch.sources.set(hitKey(String(row._index), String(row._id)), (hits.read ?? String)(row._source));
  });
  return fetch.sources;
}
