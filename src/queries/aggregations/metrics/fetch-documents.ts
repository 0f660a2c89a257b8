import { andWhere } from '../and-where.ts';
import type { FoundHit } from '../context.ts';
import type { Level, RequestState } from '../level.ts';
import { documentColumns, readDocument } from './document-columns.ts';

type Place = readonly unknown[];

type Fetched = Omit<FoundHit, 'sort'>;

type Fetch = { readonly wanted: (() => readonly Place[])[]; readonly documents: Map<string, Fetched> };

/** One fetch per request, whatever the number of `top_hits` in it. */
const fetches = new WeakMap<RequestState, Fetch>();

export const placeKey = (place: Place): string => place.map(String).join('\u0000');

/** The documents at the places that `wanted` names once the scans are done, by `placeKey`. */
export function fetchDocuments(level: Level, wanted: () => readonly Place[]): ReadonlyMap<string, Fetched> {
  const known = fetches.get(level.request);
  if (known !== undefined) {
    known.wanted.push(wanted);
    return known.documents;
  }
  const fetch: Fetch = { wanted: [wanted], documents: new Map() };
  fetches.set(level.request, fetch);
  level.request.afterScans.push(async () => {
    const places = new Map(fetch.wanted.flatMap((one) => one()).map((place) => [placeKey(place), place]));
    if (places.size === 0) return;
    const { hits, select, fromAll } = level.context;
    const columns = hits.place.columns.map((sql, at) => `${sql} AS place${at}`);
    const from = andWhere(fromAll, hits.place.isAt([...places.values()]));
    const rows = await select(`SELECT ${[...columns, ...documentColumns(hits)].join(', ')} FROM ${from}`);
    for (const row of rows) {
      const place = columns.map((_, at) => row[`place${at}`]);
      fetch.documents.set(placeKey(place), readDocument(hits, row));
    }
  });
  return fetch.documents;
}
