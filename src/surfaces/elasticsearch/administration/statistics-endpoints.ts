import type { IndexRecord } from '../../../catalogue/catalogue-state.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import { readOptions } from '../read-options.ts';
import { type AdministrationPorts, noCounters, noStatistics } from './administration-ports.ts';
import { indicesOf, shards } from './index-expression.ts';
import { addTotals, statisticsAnswer, type Totals, wantedSections } from './statistics-answer.ts';

export async function totalsOf(records: readonly IndexRecord[], ports: AdministrationPorts): Promise<ReadonlyMap<string, Totals>> {
  const statistics = await ports.statistics(records.map(({ name }) => name));
  return new Map(
    records.map(({ name }) => [name, { statistics: statistics.get(name) ?? noStatistics, counters: ports.counters(name) ?? noCounters }]),
  );
}

/** `_stats`, `_segments` and `_recovery`. */
export function addStatisticsEndpoints(routes: Routes, ports: AdministrationPorts): void {
  const paths = ['/_stats', '/_stats/:metric', '/:index/_stats', '/:index/_stats/:metric'];
  routes.on('GET', paths, async (call) => {
    const wanted = wantedSections(call.param('metric'), call.path);
    const records = indicesOf(call, ports, { expandWildcards: 'open,hidden' });
    const totals = await totalsOf(records, ports);
    const entries = records.map((record) => [record.name, indexEntry(record.uuid, totals.get(record.name) as Totals, wanted)] as const);
    const byIndices = call.text('level') !== 'cluster';
    const json = {
      _shards: shards(records.length),
      _all: statisticsAnswer(addTotals([...totals.values()]), wanted),
      ...(byIndices ? { indices: Object.fromEntries([...entries, ...namedGroups(call, ports, totals, wanted)]) } : {}),
    };
    return { json };
  });

  routes.on('GET', ['/_segments', '/:index/_segments'], async (call) => {
    const records = indicesOf(call, ports, {});
    const totals = await totalsOf(records, ports);
    const entries = records.map(({ name }) => {
      const { statistics } = totals.get(name) as Totals;
      const segment = {
        generation: 0,
        num_docs: statistics.docs,
        deleted_docs: 0,
        size_in_bytes: statistics.storeBytes,
        committed: true,
        search: true,
      };
      const routing = { state: 'STARTED', primary: true, node: ports.identity.nodeId };
      const count = statistics.parts;
      return [
        name,
        {
          shards: {
            0: [{ routing, num_committed_segments: count, num_search_segments: count, segments: count === 0 ? {} : { _0: segment } }],
          },
        },
      ];
    });
    return { json: { _shards: shards(records.length), indices: Object.fromEntries(entries) } };
  });

  // Nothing is ever recovered from elsewhere: an index is here or nowhere.
  routes.on('GET', ['/_recovery', '/:index/_recovery'], (call) => {
    indicesOf(call, ports, {});
    return { json: {} };
  });
}

function indexEntry(uuid: string, totals: Totals, wanted: readonly string[]): object {
  return { uuid, health: 'green', status: 'open', ...statisticsAnswer(totals, wanted) };
}

/**
 * Sums under the name of each alias and data stream that the request named in full. Elasticsearch has only concrete indices here, so
 * that scripts which ask for an alias find nothing under its name.
 */
function namedGroups(call: Call, ports: AdministrationPorts, totals: ReadonlyMap<string, Totals>, wanted: readonly string[]) {
  const options = readOptions(call, { expandWildcards: 'open,hidden' });
  const parts = new Set((call.param('index') ?? '').split(','));
  const named = ports.catalogue.selectNames(call.param('index'), options).filter(({ name, kind }) => kind !== 'index' && parts.has(name));
  return named.map(({ name }) => {
    const members = ports.catalogue.resolveRead(name, options).flatMap(({ index }) => totals.get(index) ?? []);
    return [name, indexEntry('_na_', addTotals(members), wanted)] as const;
  });
}
