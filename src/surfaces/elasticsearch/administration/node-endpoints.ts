import { matchesPattern } from '../../../catalogue/name-pattern.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';
import { addTotals, statisticsAnswer, wantedSections } from './statistics-answer.ts';
import { totalsOf } from './statistics-endpoints.ts';

const roles = ['data', 'ingest', 'master'];

/** What `GET /_nodes` says of the one node. The JVM's members exist because monitoring programs read them; the heap is V8's. */
export function nodeInfo(ports: AdministrationPorts, options: AdministrationOptions) {
  const address = ports.httpAddress() ?? '127.0.0.1:0';
  const host = address.slice(0, address.lastIndexOf(':'));
  return {
    name: ports.identity.nodeName,
    transport_address: address,
    host,
    ip: host,
    version: options.version,
    build_flavor: 'default',
    build_type: 'tar',
    build_hash: 'meshscope',
    roles,
    attributes: {},
    settings: { cluster: { name: ports.identity.clusterName }, node: { name: ports.identity.nodeName } },
    http: { bound_address: [address], publish_address: address, max_content_length_in_bytes: 104857600 },
    plugins: [],
    modules: [],
    ingest: { processors: [] },
  };
}

/** `_nodes` and `_nodes/stats`, for one node, a list or `_local` and `_all`. */
export function addNodeEndpoints(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { identity, catalogue } = ports;
  const metricNames = new Set([
    ...['http', 'os', 'process', 'jvm', 'fs', 'indices', 'thread_pool', 'transport', 'plugins', 'settings', 'ingest', 'breaker'],
    ...['_all', 'aggregations', 'discovery', 'script', 'adaptive_selection', 'indexing_pressure', 'script_cache'],
  ]);
  const selects = (expression: string | undefined) =>
    expression === undefined ||
    expression.split(',').some((part) => {
      const known = ['_local', '_all', '_master', 'master:true', 'data:true', 'ingest:true'].includes(part) || metricNames.has(part);
      return known || matchesPattern(part, identity.nodeId) || matchesPattern(part, identity.nodeName);
    });
  const answer = (selected: boolean, node: unknown) => ({
    json: {
      _nodes: { total: selected ? 1 : 0, successful: selected ? 1 : 0, failed: 0 },
      cluster_name: identity.clusterName,
      nodes: selected ? { [identity.nodeId]: node } : {},
    },
  });

  routes.on('GET', ['/_nodes', '/_nodes/:nodes', '/_nodes/:nodes/:metrics'], (call) =>
    answer(selects(call.param('nodes')), nodeInfo(ports, options)),
  );

  const statsPaths = [
    '/_nodes/stats',
    '/_nodes/stats/:metrics',
    '/_nodes/stats/:metrics/:sections',
    '/_nodes/:nodes/stats',
    '/_nodes/:nodes/stats/:metrics',
    '/_nodes/:nodes/stats/:metrics/:sections',
  ];
  routes.on('GET', statsPaths, async (call) => {
    const selected = selects(call.param('nodes'));
    if (!selected) return answer(false, undefined);
    const metrics = (call.param('metrics') ?? '_all').split(',');
    const wants = (metric: string) => metrics.includes('_all') || metrics.includes(metric);
    const sections = wantedSections(call.param('sections'), call.path);
    const totals = wants('indices') ? addTotals([...(await totalsOf([...catalogue.state.index.values()], ports)).values()]) : undefined;
    const { name, transport_address: address, host, ip } = nodeInfo(ports, options);
    const basics = { timestamp: catalogue.nowMillis, name, transport_address: address, host, ip, roles, attributes: {} };
    const parts = Object.entries(await machineStatistics(ports)).filter(([metric]) => wants(metric));
    return answer(true, {
      ...basics,
      ...(totals ? { indices: statisticsAnswer(totals, sections).total } : {}),
      ...Object.fromEntries(parts),
    });
  });
}

async function machineStatistics(ports: AdministrationPorts): Promise<Readonly<Record<string, object>>> {
  const { disk, memory, cpu, openFiles, startedMillis } = await ports.nodeStatistics();
  const now = ports.catalogue.nowMillis;
  const usedBytes = memory.totalBytes - memory.freeBytes;
  const percent = (part: number, total: number) => (total === 0 ? 0 : Math.round((part / total) * 100));
  const [load1 = 0, load5 = 0, load15 = 0] = cpu.loadAverages;
  const fs = { total_in_bytes: disk.totalBytes, free_in_bytes: disk.freeBytes, available_in_bytes: disk.availableBytes };
  const heap = {
    heap_used_in_bytes: memory.heapUsedBytes,
    heap_committed_in_bytes: memory.heapTotalBytes,
    heap_max_in_bytes: memory.heapTotalBytes,
  };
  const pool = { threads: 0, queue: 0, active: 0, rejected: 0, largest: 0, completed: 0 };
  return {
    os: {
      timestamp: now,
      cpu: { percent: Math.round(cpu.systemPercent), load_average: { '1m': load1, '5m': load5, '15m': load15 } },
      mem: {
        total_in_bytes: memory.totalBytes,
        free_in_bytes: memory.freeBytes,
        used_in_bytes: usedBytes,
        free_percent: percent(memory.freeBytes, memory.totalBytes),
        used_percent: percent(usedBytes, memory.totalBytes),
      },
      swap: { total_in_bytes: 0, free_in_bytes: 0, used_in_bytes: 0 },
    },
    process: {
      timestamp: now,
      open_file_descriptors: openFiles,
      max_file_descriptors: -1,
      cpu: { percent: Math.round(cpu.processPercent), total_in_millis: 0 },
      mem: { total_virtual_in_bytes: memory.residentBytes, resident_in_bytes: memory.residentBytes },
    },
    jvm: {
      timestamp: now,
      uptime_in_millis: now - startedMillis,
      mem: {
        ...heap,
        heap_used_percent: percent(memory.heapUsedBytes, memory.heapTotalBytes),
        non_heap_used_in_bytes: 0,
        non_heap_committed_in_bytes: 0,
        pools: {},
      },
      threads: { count: 0, peak_count: 0 },
      gc: { collectors: {} },
      buffer_pools: {},
    },
    thread_pool: { search: pool, write: pool },
    fs: {
      timestamp: now,
      total: fs,
      data: [{ path: disk.path, mount: disk.path, type: 'unknown', ...fs }],
      io_stats: {},
    },
    transport: { server_open: 0, rx_count: 0, rx_size_in_bytes: 0, tx_count: 0, tx_size_in_bytes: 0 },
    http: { current_open: 0, total_opened: 0 },
    breakers: {},
  };
}
