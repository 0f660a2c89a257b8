import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';

function isNewer(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  for (const at of [0, 1, 2]) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Beats and Elastic's agents refuse a server that is older than they are, so they are told their own version. */
export function versionFor(userAgent: string | undefined, configured: string): string {
  const found = /(?:beat|elastic[- ]agent|apm-server)[\w-]*\/v?(\d{1,3}\.\d{1,3}\.\d{1,3})/i.exec(userAgent ?? '')?.[1];
  return found !== undefined && isNewer(found, configured) ? found : configured;
}

/** `/`, `_license`, `_xpack` and what else clients ask before they start. */
export function addAboutEndpoints(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { identity } = ports;

  routes.on('GET', '/', (call) => {
    if (options.browserPage && /\btext\/html\b/.test(call.headers.accept ?? '')) {
      return { text: options.browserPage(), contentType: 'text/html; charset=utf-8' };
    }
    const number = versionFor(call.headers['user-agent'], options.version);
    const major = number.split('.')[0];
    return {
      json: {
        name: identity.nodeName,
        cluster_name: identity.clusterName,
        cluster_uuid: identity.clusterUuid,
        version: {
          number,
          build_flavor: 'default',
          build_type: 'tar',
          build_hash: 'meshscope',
          build_date: '2026-01-01T00:00:00.000000000Z',
          build_snapshot: false,
          lucene_version: major === '9' ? '10.0.0' : '9.12.0',
          minimum_wire_compatibility_version: major === '9' ? '8.19.0' : '7.17.0',
          minimum_index_compatibility_version: major === '9' ? '8.0.0' : '7.0.0',
        },
        tagline: 'You Know, for Search',
      },
    };
  });

  const license = { uid: identity.clusterUuid, type: 'basic', mode: 'basic', status: 'active' };
  routes.on('GET', '/_license', () => ({
    json: {
      license: {
        status: license.status,
        uid: license.uid,
        type: license.type,
        issue_date: '2026-01-01T00:00:00.000Z',
        issue_date_in_millis: 1767225600000,
        max_nodes: 1000,
        max_resource_units: null,
        issued_to: identity.clusterName,
        issuer: 'meshscope',
        start_date_in_millis: -1,
      },
    },
  }));

  // What is listed as available is what has endpoints here; programs look for `ilm` before they create policies.
  const available = new Set(['ilm', 'slm', 'data_streams']);
  const features = [
    'ccr',
    'data_streams',
    'enrich',
    'eql',
    'esql',
    'graph',
    'ilm',
    'logstash',
    'ml',
    'monitoring',
    'rollup',
    'searchable_snapshots',
    'security',
    'slm',
    'sql',
    'transform',
    'watcher',
  ];
  routes.on('GET', '/_xpack', () => ({
    json: {
      build: { hash: 'meshscope', date: '2026-01-01T00:00:00.000Z' },
      license,
      features: Object.fromEntries(features.map((name) => [name, { available: available.has(name), enabled: available.has(name) }])),
      tagline: 'You know, for X',
    },
  }));
  routes.on('GET', '/_xpack/usage', () => ({
    json: Object.fromEntries(features.map((name) => [name, { available: available.has(name), enabled: available.has(name) }])),
  }));

  routes.on('GET', '/_ingest/pipeline', () => ({ json: {} }));
  routes.on('GET', '/_ingest/pipeline/:id', (call) => ({ status: call.requiredParam('id').includes('*') ? 200 : 404, json: {} }));
  routes.on('PUT', '/_ingest/pipeline/:id', () => {
    throw illegalArgument('ingest pipelines are not supported: documents are stored as they are sent');
  });
  routes.on('DELETE', '/_ingest/pipeline/:id', (call) => {
    const id = call.requiredParam('id');
    if (id.includes('*')) return { json: { acknowledged: true } };
    throw elasticsearchError('resource_not_found_exception', `pipeline [${id}] is missing`, { code: 'not_found' });
  });
}
