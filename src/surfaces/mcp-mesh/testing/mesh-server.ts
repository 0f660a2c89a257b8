import Fastify, { type FastifyInstance } from 'fastify';
import type { TraceTable } from '../../../queries/traces/testing/trace-table.ts';
import { createTraceQueries } from '../../../queries/traces/trace-queries.ts';
import { addMeshTraceRoutes } from '../add-mesh-trace-routes.ts';
import type { MeshConsumer, MeshSettings, MeshTracePorts } from '../mesh-ports.ts';

export const meshSettings: MeshSettings = {
  consumerEnabled: false,
  redisUrl: 'rediss://user:p@ss/w?rd@redis.example:6380/0?password=hunter2',
  streams: ['mesh:trace', 'mcp-mesh:traces'],
  group: 'meshscope',
  batchSize: 100,
  timeoutMillis: 300_000,
  quietMillis: 3000,
  exporterType: 'console',
  pretty: true,
  jsonFolder: '',
  statistics: true,
  telemetryEndpoint: 'http://me:secret@collector:4318',
  telemetryProtocol: 'http',
};

export const meshConsumer: MeshConsumer = {
  running: true,
  connectionState: 'connected',
  consuming: true,
  retryCount: 0,
  lastError: undefined,
  lastErrorTime: undefined,
  group: 'meshscope',
  consumer: 'meshscope-1',
  streams: [
    { name: 'mesh:trace', length: 12, lastEntryId: '1753574400000-0', pending: 1, lastDeliveredId: '1753574399999-1', lag: 2 },
    { name: 'mcp-mesh:traces', length: 3, lastEntryId: '1753574400000-7', pending: 0, lastDeliveredId: undefined, lag: 0 },
  ],
};

/** The routes over a real table. `clock.now` is the time that they see. */
export class MeshServer {
  readonly clock: { now: number };
  readonly listeners: Set<(segments: readonly number[]) => void> = new Set();
  readonly app: FastifyInstance;

  constructor(table: TraceTable, now: number, changed: Partial<MeshTracePorts> = {}) {
    this.clock = { now };
    this.app = Fastify({ routerOptions: { maxParamLength: 16 * 1024, ignoreTrailingSlash: true } });
    addMeshTraceRoutes(this.app, {
      queries: createTraceQueries(table.engine, meshSettings, {}, () => this.clock.now),
      settings: meshSettings,
      consumer: async () => undefined,
      logsOfTrace: async () => [],
      onSegments: (listener) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
      },
      now: () => this.clock.now,
      ...changed,
    });
  }

  loaded(...segments: readonly number[]): void {
    for (const listener of this.listeners) listener(segments);
  }

  async get(path: string): Promise<{ status: number; json: Record<string, unknown>; text: string; type: unknown }> {
    const response = await this.app.inject(path);
    return { status: response.statusCode, json: response.json(), text: response.body, type: response.headers['content-type'] };
  }
}
