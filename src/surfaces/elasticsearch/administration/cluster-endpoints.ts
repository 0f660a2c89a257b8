import { isHidden } from '../../../catalogue/resolve-read.ts';
import type { Settings } from '../../../catalogue/settings.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, joinObjects, stringifyJson } from '../../../lib/json/json-text.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';
import { answerHealth } from './cluster-health.ts';
import { reportedSettings, settingsAnswer } from './index-answers.ts';
import { indicesOf } from './index-expression.ts';
import { nodeInfo } from './node-endpoints.ts';
import { addTotals, statisticsAnswer } from './statistics-answer.ts';
import { totalsOf } from './statistics-endpoints.ts';

const scopes = ['persistent', 'transient'] as const;

/** `_cluster/health`, `_cluster/settings`, `_cluster/stats`, `_cluster/state` and `_resolve/index`. */
export function addClusterEndpoints(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { catalogue, identity } = ports;

  routes.on('GET', ['/_cluster/health', '/_cluster/health/:index'], (call) => answerHealth(call, ports));
  routes.on('GET', '/_cluster/pending_tasks', () => ({ json: { tasks: [] } }));

  routes.on('GET', '/_cluster/settings', (call) => {
    const flat = call.flag('flat_settings');
    const answer = Object.fromEntries(scopes.map((scope) => [scope, settingsAnswer(stored(ports, scope), flat)]));
    const defaults = call.flag('include_defaults')
      ? { defaults: settingsAnswer({ 'action.auto_create_index': 'true', 'cluster.name': identity.clusterName }, flat) }
      : {};
    return { json: { ...answer, ...defaults } };
  });

  routes.on('PUT', '/_cluster/settings', async (call) => {
    const body = call.requiredObject();
    const unknown = Object.keys(body).find((key) => key !== 'persistent' && key !== 'transient');
    if (unknown !== undefined) throw illegalArgument(`[cluster_update_settings_request] unknown field [${unknown}]`);
    const updates = scopes.map((scope) => [scope, flatten(body[scope])] as const);
    await catalogue.change((draft) => {
      for (const [scope, update] of updates) {
        if (Object.keys(update).length === 0) continue;
        const before = draft.get('cluster_settings', scope);
        draft.put('cluster_settings', scope, {
          version: (before?.version ?? 0) + 1,
          modifiedMillis: draft.nowMillis,
          body: joinObjects(
            ...Object.entries({ ...before?.body, ...update }).flatMap(([name, value]) => (value === null ? [] : [{ [name]: value }])),
          ),
        });
      }
    });
    const flat = call.flag('flat_settings');
    const changed = updates.map(([scope, update]) => {
      const set = Object.fromEntries(
        Object.entries(update).filter((entry): entry is [string, string | readonly string[]] => entry[1] !== null),
      );
      return [scope, settingsAnswer(set, flat)];
    });
    return { json: { acknowledged: true, ...Object.fromEntries(changed) } };
  });

  routes.on('GET', ['/_cluster/stats', '/_cluster/stats/nodes/:nodes'], async () => {
    const records = [...catalogue.state.index.values()];
    const totals = addTotals([...(await totalsOf(records, ports)).values()]);
    const { disk, memory, cpu, startedMillis } = await ports.nodeStatistics();
    return {
      json: {
        _nodes: { total: 1, successful: 1, failed: 0 },
        cluster_name: identity.clusterName,
        cluster_uuid: identity.clusterUuid,
        timestamp: catalogue.nowMillis,
        status: ports.health(),
        indices: {
          count: records.length,
          shards: { total: records.length, primaries: records.length, replication: 0 },
          ...statisticsAnswer(totals, ['docs', 'store', 'segments']).total,
        },
        nodes: {
          count: { total: 1, data: 1, ingest: 1, master: 1 },
          versions: [options.version],
          os: { available_processors: cpu.processors, mem: { total_in_bytes: memory.totalBytes, free_in_bytes: memory.freeBytes } },
          jvm: {
            max_uptime_in_millis: catalogue.nowMillis - startedMillis,
            mem: { heap_used_in_bytes: memory.heapUsedBytes, heap_max_in_bytes: memory.heapTotalBytes },
          },
          fs: { total_in_bytes: disk.totalBytes, free_in_bytes: disk.freeBytes, available_in_bytes: disk.availableBytes },
        },
      },
    };
  });

  routes.on('GET', ['/_cluster/state', '/_cluster/state/:metrics', '/_cluster/state/:metrics/:index'], (call) =>
    clusterState(call, ports, options),
  );
  routes.on('GET', '/_resolve/index/:index', (call) => resolveIndex(call, ports));
}

function stored({ catalogue }: AdministrationPorts, scope: string): Settings {
  return (catalogue.state.cluster_settings.get(scope)?.body ?? {}) as Settings;
}

/** Cluster settings by full names with text values; null removes. */
function flatten(sent: JsonValue | undefined): Readonly<Record<string, string | readonly string[] | null>> {
  if (sent === undefined || sent === null) return {};
  if (!isJsonObject(sent)) throw illegalArgument('cluster settings must be an object');
  const flat: Record<string, string | readonly string[] | null> = Object.create(null);
  const text = (value: JsonValue) => (typeof value === 'string' ? value : stringifyJson(value));
  const walk = (node: JsonObject, prefix: string): void => {
    for (const [key, value] of Object.entries(node)) {
      if (isJsonObject(value)) walk(value, `${prefix}${key}.`);
      else flat[prefix + key] = value === null ? null : Array.isArray(value) ? value.map(text) : text(value);
    }
  };
  walk(sent, '');
  return flat;
}

function clusterState(call: Call, ports: AdministrationPorts, options: AdministrationOptions) {
  const { identity } = ports;
  const metrics = new Set((call.param('metrics') ?? '_all').split(','));
  const wants = (metric: string) => metrics.has('_all') || metrics.has(metric);
  const records = indicesOf(call, ports, { allowClosed: true, expandWildcards: 'all' });
  const indices = records.map((record) => [
    record.name,
    {
      state: record.open ? 'open' : 'close',
      settings: settingsAnswer(reportedSettings(record, options.version), call.flag('flat_settings')),
      mappings: { _doc: record.mappings },
      aliases: Object.keys(record.aliases),
    },
  ]);
  return {
    json: {
      cluster_name: identity.clusterName,
      cluster_uuid: identity.clusterUuid,
      ...(wants('version') ? { version: 1, state_uuid: identity.clusterUuid } : {}),
      ...(wants('master_node') ? { master_node: identity.nodeId } : {}),
      ...(wants('blocks') ? { blocks: {} } : {}),
      ...(wants('nodes') ? { nodes: { [identity.nodeId]: nodeInfo(ports, options) } } : {}),
      ...(wants('metadata')
        ? { metadata: { cluster_uuid: identity.clusterUuid, templates: {}, indices: Object.fromEntries(indices) } }
        : {}),
    },
  };
}

function resolveIndex(call: Call, { catalogue }: AdministrationPorts) {
  const expandWildcards = call.text('expand_wildcards') ?? 'open';
  const named = catalogue.selectNames(call.requiredParam('index'), {
    allowClosed: true,
    expandWildcards,
    ignoreUnavailable: call.flag('ignore_unavailable'),
  });
  const of = (wanted: string) =>
    named
      .filter(({ kind }) => kind === wanted)
      .map(({ name }) => name)
      .sort();
  const { state } = catalogue;
  return {
    json: {
      indices: of('index').flatMap((name) => {
        const record = state.index.get(name);
        if (!record) return [];
        const aliases = Object.keys(record.aliases).sort();
        const hidden = isHidden(record);
        return [
          {
            name,
            ...(aliases.length > 0 ? { aliases } : {}),
            attributes: [record.open ? 'open' : 'closed', ...(hidden ? ['hidden'] : [])],
            ...(record.dataStream === undefined ? {} : { data_stream: record.dataStream }),
          },
        ];
      }),
      aliases: of('alias').map((name) => ({ name, indices: catalogue.resolveRead(name, { allowClosed: true }).map(({ index }) => index) })),
      data_streams: of('data_stream').map((name) => ({
        name,
        backing_indices: state.data_stream.get(name)?.indices ?? [],
        timestamp_field: '@timestamp',
      })),
    },
  };
}
