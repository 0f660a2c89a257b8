import { createHash } from 'node:crypto';
import { aliasOn, aliasTargets, type IndexRecord } from '../../../catalogue/catalogue-state.ts';
import { matchesPattern } from '../../../catalogue/name-pattern.ts';
import { settingText } from '../../../catalogue/settings.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';
import { type Column, catAnswer } from './cat-table.ts';
import { clusterHealth } from './cluster-health.ts';
import { indicesOf } from './index-expression.ts';
import { addTotals, type Totals } from './statistics-answer.ts';
import { totalsOf } from './statistics-endpoints.ts';
import { allIndexTemplates } from './template-answers.ts';

type IndexRow = Readonly<{ record: IndexRecord; totals: Totals }>;

const indexColumns: readonly Column<IndexRow>[] = [
  { name: 'health', aliases: ['h'], about: 'current health status', value: () => 'green' },
  { name: 'status', aliases: ['s'], about: 'open/close status', value: ({ record }) => (record.open ? 'open' : 'close') },
  { name: 'index', aliases: ['i', 'idx'], about: 'index name', value: ({ record }) => record.name },
  { name: 'uuid', aliases: ['id'], about: 'index uuid', value: ({ record }) => record.uuid },
  {
    name: 'pri',
    aliases: ['p', 'shards.primary'],
    about: 'number of primary shards, as set',
    right: true,
    value: ({ record }) => settingText(record.settings, 'index.number_of_shards'),
  },
  {
    name: 'rep',
    aliases: ['r', 'shards.replica'],
    about: 'number of replica shards, as set',
    right: true,
    value: ({ record }) => settingText(record.settings, 'index.number_of_replicas'),
  },
  { name: 'docs.count', aliases: ['dc', 'docscount'], about: 'available docs', right: true, value: ({ totals }) => totals.statistics.docs },
  { name: 'docs.deleted', aliases: ['dd', 'docsdeleted'], about: 'deleted docs', right: true, value: () => 0 },
  {
    name: 'store.size',
    aliases: ['ss', 'storesize'],
    about: 'store size',
    right: true,
    value: ({ totals }) => ({ bytes: totals.statistics.storeBytes }),
  },
  {
    name: 'pri.store.size',
    about: 'store size of primaries',
    right: true,
    value: ({ totals }) => ({ bytes: totals.statistics.storeBytes }),
  },
  { name: 'dataset.size', about: 'total size of dataset', right: true, value: ({ totals }) => ({ bytes: totals.statistics.storeBytes }) },
  {
    name: 'creation.date',
    aliases: ['cd'],
    about: 'index creation date (milliseconds)',
    shown: false,
    right: true,
    value: ({ record }) => record.createdMillis,
  },
  {
    name: 'creation.date.string',
    aliases: ['cds'],
    about: 'index creation date',
    shown: false,
    value: ({ record }) => new Date(record.createdMillis).toISOString(),
  },
  {
    name: 'segments.count',
    aliases: ['sc'],
    about: 'number of parts',
    shown: false,
    right: true,
    value: ({ totals }) => totals.statistics.parts,
  },
  { name: 'pri.segments.count', about: 'number of parts', shown: false, right: true, value: ({ totals }) => totals.statistics.parts },
  {
    name: 'indexing.index_total',
    aliases: ['iito'],
    about: 'number of indexing ops',
    shown: false,
    right: true,
    value: ({ totals }) => totals.counters.indexed,
  },
  {
    name: 'indexing.index_failed',
    aliases: ['iif'],
    about: 'number of failed indexing ops',
    shown: false,
    right: true,
    value: ({ totals }) => totals.counters.indexFailed,
  },
  {
    name: 'search.query_total',
    aliases: ['sqto'],
    about: 'total query phase ops',
    shown: false,
    right: true,
    value: ({ totals }) => totals.counters.searches,
  },
];

const byName = (left: IndexRow, right: IndexRow) => (left.record.name < right.record.name ? -1 : 1);

/** A column that shows one member of a row of texts and numbers. */
function member<K extends string>(name: K, about: string, options: Partial<Column<Readonly<Record<K, string | number | undefined>>>> = {}) {
  return { name, about, value: (row: Readonly<Record<K, string | number | undefined>>) => row[name], ...options };
}

/** `_cat/indices`, `aliases`, `count`, `shards`, `templates`, `segments`, `health` and `GET /_cat`. */
export function addCatEndpoints(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { catalogue, identity } = ports;

  routes.on('GET', ['/_cat/indices', '/_cat/indices/:index'], async (call) => {
    const health = call.text('health');
    const records = health === undefined || health === 'green' ? indicesOf(call, ports) : [];
    const totals = await totalsOf(records, ports);
    const rows = records.map((record) => ({ record, totals: totals.get(record.name) as Totals })).sort(byName);
    return catAnswer(call, indexColumns, rows);
  });

  routes.on('GET', ['/_cat/aliases', '/_cat/aliases/:name'], (call) => {
    const patterns = (call.param('name') ?? '*').split(',');
    const rows = [...aliasTargets(catalogue.state)]
      .filter(([alias]) => patterns.some((pattern) => matchesPattern(pattern, alias)))
      .flatMap(([alias, { indices, dataStreams }]) =>
        [...indices, ...dataStreams].map((index) => {
          const on = aliasOn((catalogue.state.index.get(index) ?? catalogue.state.data_stream.get(index))?.aliases ?? {}, alias);
          return {
            alias,
            index,
            filter: on?.filter ? '*' : '-',
            'routing.index': on?.index_routing ?? '-',
            'routing.search': on?.search_routing ?? '-',
            is_write_index: on?.is_write_index === undefined ? '-' : String(on.is_write_index),
          };
        }),
      );
    const columns = [
      member('alias', 'alias name', { aliases: ['a'] }),
      member('index', 'index alias points to', { aliases: ['i', 'idx'] }),
      member('filter', 'filter', { aliases: ['f', 'fi'] }),
      member('routing.index', 'index routing', { aliases: ['ri', 'routingIndex'] }),
      member('routing.search', 'search routing', { aliases: ['rs', 'routingSearch'] }),
      member('is_write_index', 'write index', { aliases: ['w', 'isWriteIndex'] }),
    ] as Column<(typeof rows)[number]>[];
    return catAnswer(call, columns, rows);
  });

  routes.on('GET', ['/_cat/count', '/_cat/count/:index'], async (call) => {
    const totals = await totalsOf(indicesOf(call, ports, {}), ports);
    const rows = [{ ...timeCells(catalogue.nowMillis), count: addTotals([...totals.values()]).statistics.docs }];
    const columns = [...timeColumns, member('count', 'the document count', { aliases: ['dc', 'docs.count'] })] as Column<
      (typeof rows)[number]
    >[];
    return catAnswer(call, columns, rows);
  });

  routes.on('GET', '/_cat/health', (call) => {
    const health = clusterHealth(ports);
    const rows = [
      {
        ...timeCells(catalogue.nowMillis),
        cluster: health.cluster_name,
        status: health.status,
        'node.total': 1,
        'node.data': 1,
        shards: health.active_shards,
        pri: health.active_primary_shards,
        relo: 0,
        init: 0,
        unassign: health.unassigned_shards,
        pending_tasks: 0,
        max_task_wait_time: '-',
        active_shards_percent: '100.0%',
      },
    ];
    const names = Object.keys(rows[0] ?? {}).slice(2) as (keyof (typeof rows)[number])[];
    const columns = [...timeColumns, ...names.map((name) => member(name, name.replaceAll('_', ' ')))] as Column<(typeof rows)[number]>[];
    return catAnswer(call, columns, rows);
  });

  routes.on('GET', ['/_cat/shards', '/_cat/shards/:index'], async (call) => {
    const records = indicesOf(call, ports);
    const totals = await totalsOf(records, ports);
    const rows = records.map((record) => ({ record, totals: totals.get(record.name) as Totals })).sort(byName);
    return catAnswer<IndexRow>(
      call,
      [
        { name: 'index', aliases: ['i', 'idx'], about: 'index name', value: ({ record }) => record.name },
        { name: 'shard', aliases: ['s', 'sh'], about: 'shard name; an index is one shard', value: () => '0' },
        { name: 'prirep', aliases: ['p', 'pr'], about: 'primary or replica', value: () => 'p' },
        { name: 'state', aliases: ['st'], about: 'shard state', value: () => 'STARTED' },
        { name: 'docs', aliases: ['d', 'dc'], about: 'number of docs', right: true, value: (row) => row.totals.statistics.docs },
        {
          name: 'store',
          aliases: ['sto'],
          about: 'store size',
          right: true,
          value: (row) => ({ bytes: row.totals.statistics.storeBytes }),
        },
        { name: 'dataset', about: 'dataset size', right: true, value: (row) => ({ bytes: row.totals.statistics.storeBytes }) },
        { name: 'ip', about: 'ip of the node', value: () => '127.0.0.1' },
        { name: 'node', aliases: ['n'], about: 'name of the node', value: () => identity.nodeName },
      ],
      rows,
    );
  });

  routes.on('GET', ['/_cat/segments', '/_cat/segments/:index'], async (call) => {
    const totals = await totalsOf(indicesOf(call, ports, {}), ports);
    const rows = [...totals].filter(([, { statistics }]) => statistics.parts > 0);
    return catAnswer<readonly [string, Totals]>(
      call,
      [
        { name: 'index', aliases: ['i', 'idx'], about: 'index name', value: ([name]) => name },
        { name: 'shard', aliases: ['s', 'sh'], about: 'shard name', value: () => '0' },
        { name: 'prirep', aliases: ['p', 'pr'], about: 'primary or replica', value: () => 'p' },
        {
          name: 'segments',
          about: 'number of parts; they are listed as one line',
          right: true,
          value: ([, { statistics }]) => statistics.parts,
        },
        { name: 'docs.count', aliases: ['dc'], about: 'number of docs', right: true, value: ([, { statistics }]) => statistics.docs },
        {
          name: 'size',
          aliases: ['si'],
          about: 'bytes on disk',
          right: true,
          value: ([, { statistics }]) => ({ bytes: statistics.storeBytes }),
        },
      ],
      rows,
    );
  });

  routes.on('GET', ['/_cat/templates', '/_cat/templates/:name'], (call) => {
    const patterns = (call.param('name') ?? '*').split(',');
    const composable = [...allIndexTemplates(catalogue.state)].map(([name, template]) => ({
      name,
      index_patterns: `[${template.indexPatterns.join(', ')}]`,
      order: template.priority ?? 0,
      version: template.version,
      composed_of: `[${template.composedOf.join(', ')}]`,
    }));
    const legacy = [...catalogue.state.legacy_template].map(([name, template]) => ({
      name,
      index_patterns: `[${template.indexPatterns.join(', ')}]`,
      order: template.order,
      version: template.version,
      composed_of: '',
    }));
    const rows = [...composable, ...legacy].filter(({ name }) => patterns.some((pattern) => matchesPattern(pattern, name)));
    const columns = [
      member('name', 'template name', { aliases: ['n'] }),
      member('index_patterns', 'template index patterns', { aliases: ['t'] }),
      member('order', 'template application order/priority number', { aliases: ['o', 'p'] }),
      member('version', 'version', { aliases: ['v'] }),
      member('composed_of', 'component templates comprising index template', { aliases: ['c'] }),
    ] as Column<(typeof rows)[number]>[];
    return catAnswer(call, columns, rows);
  });

  routes.on('GET', '/_cat/master', (call) => {
    const rows = [{ id: identity.nodeId, host: '127.0.0.1', ip: '127.0.0.1', node: identity.nodeName }];
    return catAnswer(
      call,
      (['id', 'host', 'ip', 'node'] as const).map((name) => member(name, `${name} of the master`)) as Column<(typeof rows)[number]>[],
      rows,
    );
  });
  routes.on('GET', '/_cat/plugins', (call) => {
    return catAnswer<Readonly<{ name: string; component: string; version: string }>>(
      call,
      (['name', 'component', 'version'] as const).map((name) => ({ name, about: `${name} of the plugin`, value: (row) => row[name] })),
      [],
    );
  });
  routes.on('GET', ['/_cat/thread_pool', '/_cat/thread_pool/:pools'], (call) => {
    const rows = ['search', 'write'].map((name) => ({ node_name: identity.nodeName, name, active: 0, queue: 0, rejected: 0 }));
    const columns = (['node_name', 'name', 'active', 'queue', 'rejected'] as const).map((name) => member(name, name.replace('_', ' ')));
    const wanted = (call.param('pools') ?? '*').split(',');
    return catAnswer(
      call,
      columns as Column<(typeof rows)[number]>[],
      rows.filter(({ name }) => wanted.some((pattern) => matchesPattern(pattern, name))),
    );
  });

  const cats = [
    'aliases',
    'allocation',
    'count',
    'health',
    'indices',
    'master',
    'nodes',
    'plugins',
    'segments',
    'shards',
    'templates',
    'thread_pool',
  ];
  const lines = cats.map((name) => `/_cat/${name}`);
  routes.on('GET', '/_cat', () => ({ text: `=^.^=\n${lines.join('\n')}\n` }));
  addNodeCats(routes, ports, options);
}

const timeColumns = [
  member('epoch', 'seconds since 1970-01-01 00:00:00', { aliases: ['t', 'time'] }),
  member('timestamp', 'time in HH:MM:SS', { aliases: ['ts', 'hms', 'hhmmss'] }),
];

function timeCells(nowMillis: number) {
  return { epoch: Math.floor(nowMillis / 1000), timestamp: new Date(nowMillis).toISOString().slice(11, 19) };
}

/** `_cat/nodes` and `_cat/allocation`. */
function addNodeCats(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { catalogue, identity } = ports;
  const shortId = createHash('sha256').update(identity.nodeId).digest('base64url').slice(0, 4);

  routes.on('GET', '/_cat/nodes', async (call) => {
    const node = await ports.nodeStatistics();
    const percent = (part: number, total: number) => (total === 0 ? 0 : Math.round((part / total) * 100));
    const rows = [
      {
        ip: '127.0.0.1',
        'heap.percent': percent(node.memory.heapUsedBytes, node.memory.heapTotalBytes),
        'ram.percent': percent(node.memory.totalBytes - node.memory.freeBytes, node.memory.totalBytes),
        cpu: Math.round(node.cpu.systemPercent),
        load_1m: node.cpu.loadAverages[0]?.toFixed(2),
        load_5m: node.cpu.loadAverages[1]?.toFixed(2),
        load_15m: node.cpu.loadAverages[2]?.toFixed(2),
        'node.role': 'dim',
        master: '*',
        name: identity.nodeName,
        id: shortId,
        version: options.version,
        'disk.total': node.disk.totalBytes,
        'disk.avail': node.disk.availableBytes,
        'disk.used_percent': percent(node.disk.totalBytes - node.disk.freeBytes, node.disk.totalBytes),
      },
    ];
    const hidden = new Set(['id', 'version', 'disk.total', 'disk.avail', 'disk.used_percent']);
    const names = Object.keys(rows[0] ?? {}) as (keyof (typeof rows)[number])[];
    const columns = names.map((name) => member(name, name.replaceAll(/[._]/g, ' '), { shown: !hidden.has(name), right: name !== 'name' }));
    return catAnswer(call, columns as Column<(typeof rows)[number]>[], rows);
  });

  routes.on('GET', ['/_cat/allocation', '/_cat/allocation/:node'], async (call) => {
    const { disk } = await ports.nodeStatistics();
    const totals = addTotals([...(await totalsOf([...catalogue.state.index.values()], ports)).values()]);
    const used = disk.totalBytes - disk.freeBytes;
    const columns: readonly Column<object>[] = [
      { name: 'shards', aliases: ['s'], about: 'number of shards on node', right: true, value: () => catalogue.state.index.size },
      {
        name: 'disk.indices',
        aliases: ['di', 'diskIndices'],
        about: 'disk used by indices',
        right: true,
        value: () => ({ bytes: totals.statistics.storeBytes }),
      },
      { name: 'disk.used', aliases: ['du', 'diskUsed'], about: 'disk used', right: true, value: () => ({ bytes: used }) },
      {
        name: 'disk.avail',
        aliases: ['da', 'diskAvail'],
        about: 'disk available',
        right: true,
        value: () => ({ bytes: disk.availableBytes }),
      },
      { name: 'disk.total', aliases: ['dt', 'diskTotal'], about: 'total disk', right: true, value: () => ({ bytes: disk.totalBytes }) },
      {
        name: 'disk.percent',
        aliases: ['dp', 'diskPercent'],
        about: 'percent of disk used',
        right: true,
        value: () => (disk.totalBytes === 0 ? 0 : Math.round((used / disk.totalBytes) * 100)),
      },
      { name: 'host', aliases: ['h'], about: 'host of node', value: () => '127.0.0.1' },
      { name: 'ip', about: 'ip of node', value: () => '127.0.0.1' },
      { name: 'node', aliases: ['n'], about: 'name of node', value: () => identity.nodeName },
    ];
    return catAnswer(call, columns, [{}]);
  });
}
