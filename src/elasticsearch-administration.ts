import { createHash, randomUUID } from 'node:crypto';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { Config } from './config/schema.ts';
import type { IndexCounts } from './index-counts.ts';
import { nodeStatistics } from './node-statistics.ts';
import { createDiscoveredFields } from './queries/fields/discovered-fields.ts';
import type { AdministrationPorts } from './surfaces/elasticsearch/administration/administration-ports.ts';
import type { WritePath } from './write-path.ts';

/** What the administration of Elasticsearch's API asks. */
export function createAdministrationPorts(
  config: Config,
  path: WritePath,
  catalogue: Catalogue,
  counts: IndexCounts,
  httpAddress: () => string | undefined,
): AdministrationPorts {
  const started = Date.now();
  const uuid = createHash('sha256').update(config.data).digest('base64url').slice(0, 22);
  return {
    catalogue,
    identity: {
      clusterName: config.elasticsearch.clusterName,
      clusterUuid: uuid,
      nodeName: 'meshscope',
      nodeId: randomUUID().replaceAll('-', '').slice(0, 22),
    },
    statistics: (indices) => path.store.statistics(indices),
    counters: (index) => counts.get(index),
    refresh: path.refresh,
    forceMerge: () => path.store.merge(),
    discoveredFields: createDiscoveredFields(path.engine, catalogue),
    nodeStatistics: async () => nodeStatistics(config.data, started),
    httpAddress,
    health: () => 'green',
  };
}
