import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { MemoryStorage } from '../../src/catalogue/memory-storage.ts';
import { addAdministration } from '../../src/surfaces/elasticsearch/administration/administration.ts';
import type {
  AdministrationOptions,
  AdministrationPorts,
  IndexCounters,
  IndexStatistics,
} from '../../src/surfaces/elasticsearch/administration/administration-ports.ts';
import { elasticsearchServerOptions, frameDefaults, registerElasticsearch } from '../../src/surfaces/elasticsearch/frame.ts';

/** The answer as JSON, of whatever shape the test knows it to have. */
async function readJson(response: LightMyRequestResponse) {
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
}

type Method = NonNullable<InjectOptions['method']>;

/** What a test may send, set and look at behind the ports. */
export type AdministrationServer = Readonly<{
  app: FastifyInstance;
  /** Sends a request; a body that is no text goes as JSON. */
  call(method: Method, url: string, body?: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  /** Sends a request that must succeed, and gives the answer. */
  ok(method: Method, url: string, body?: unknown): ReturnType<typeof readJson>;
  catalogue: Catalogue;
  statistics: Map<string, IndexStatistics>;
  counters: Map<string, IndexCounters>;
  discovered: Map<string, { path: string; type: string }[]>;
  merged: string[];
  deleted: string[];
  clock: { nowMillis: number };
  health: { status: 'green' | 'yellow' | 'red' };
}>;

/** The administration over small fake ports, for tests. */
export async function startAdministrationServer(options: Partial<AdministrationOptions> = {}): Promise<AdministrationServer> {
  const clock = { nowMillis: Date.UTC(2026, 10, 20, 12) };
  const health: AdministrationServer['health'] = { status: 'green' };
  const [merged, deleted]: [string[], string[]] = [[], []];
  const statistics = new Map<string, IndexStatistics>();
  const counters = new Map<string, IndexCounters>();
  const discovered = new Map<string, { path: string; type: string }[]>();
  const rows = { deleteRows: async (names: readonly string[]) => void deleted.push(...names) };
  const catalogue = await Catalogue.open({ storage: new MemoryStorage(), rows, now: () => clock.nowMillis });
  const ports: AdministrationPorts = {
    catalogue,
    identity: { clusterName: 'meshscope', clusterUuid: 'cluster-uuid', nodeName: 'node-1', nodeId: 'node-id' },
    // As slow as an engine, so that what happens meanwhile is tested too.
    statistics: async () => sleep(10, statistics),
    counters: (index) => counters.get(index),
    refresh: async () => undefined,
    forceMerge: async (names) => void merged.push(...names),
    discoveredFields: async () => discovered,
    nodeStatistics: async () => ({
      startedMillis: clock.nowMillis - 5000,
      disk: { path: '/data', totalBytes: 1000, freeBytes: 400, availableBytes: 300 },
      memory: { totalBytes: 1000, freeBytes: 250, residentBytes: 100, heapUsedBytes: 10, heapTotalBytes: 40 },
      cpu: { processPercent: 1, systemPercent: 2, loadAverages: [0.5, 0.25, 0.125], processors: 2 },
      openFiles: 12,
    }),
    httpAddress: () => '127.0.0.1:9200',
    health: () => health.status,
  };
  const app = Fastify(elasticsearchServerOptions());
  await registerElasticsearch(app, [
    (routes) => addAdministration(routes, ports, { version: frameDefaults.version, strictTemplates: false, ...options }),
  ]);
  const call: AdministrationServer['call'] = (method, url, body, headers = {}) => {
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
    return app.inject({
      method,
      url,
      ...payload,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    });
  };
  const ok: AdministrationServer['ok'] = async (method, url, body) => readJson(await call(method, url, body));
  return { app, call, ok, catalogue, statistics, counters, discovered, merged, deleted, clock, health };
}
