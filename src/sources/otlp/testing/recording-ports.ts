import fastify, { type FastifyInstance } from 'fastify';
import { parseJson } from '../../../lib/json/json-text.ts';
import type { JsonObject } from '../../../lib/json/json-value.ts';
import type { MetricPoint } from '../../../model/metric-point.ts';
import type { SpanRecord } from '../../../model/span.ts';
import { addOtlpRoutes } from '../http-routes.ts';
import { InFlight } from '../in-flight.ts';
import type { OtlpPorts } from '../receive.ts';

export type Recorded = {
  spans: SpanRecord[];
  points: MetricPoint[];
  logs: JsonObject[];
  counts: Record<string, number>;
  batches: number;
  /** Thrown by every port when it is set. */
  failure: Error | undefined;
};

/** Ports that keep what they are given. */
export function recordingPorts(options: Partial<OtlpPorts> = {}): { ports: OtlpPorts; recorded: Recorded; budget: InFlight } {
  const recorded: Recorded = { spans: [], points: [], logs: [], counts: {}, batches: 0, failure: undefined };
  const budget = new InFlight(256 * 1024 * 1024);
  const take = (work: () => void) => {
    if (recorded.failure) throw recorded.failure;
    recorded.batches++;
    work();
  };
  const ports: OtlpPorts = {
    ingestSpans: async ({ spans }) => take(() => recorded.spans.push(...spans)),
    ingestMetrics: async ({ points }) => take(() => recorded.points.push(...points)),
    async ingestLogs({ documents }) {
      take(() => recorded.logs.push(...documents.map((document) => parseJson(Buffer.from(document).toString()) as JsonObject)));
      return { accepted: documents.length, deadLettered: 0 };
    },
    count: (_source, outcome, records) => {
      recorded.counts[outcome] = (recorded.counts[outcome] ?? 0) + records;
    },
    index: 'mcp-mesh-logs-otlp',
    maxBodyBytes: 64 * 1024 * 1024,
    budget,
    ...options,
  };
  return { ports, recorded, budget };
}

export function otlpApp(options: Partial<OtlpPorts> = {}): {
  app: FastifyInstance;
  recorded: Recorded;
  budget: InFlight;
  ports: OtlpPorts;
} {
  const made = recordingPorts(options);
  const app = fastify({ logger: false });
  addOtlpRoutes(app, made.ports);
  return { app, ...made };
}
