import type { FastifyInstance } from 'fastify';
import type { Config } from './config/schema.ts';
import { diskState } from './housekeeping.ts';
import type { HttpSurfaces } from './http-listeners.ts';
import { version } from './lib/version.ts';
import type { IngestSpans } from './model/span.ts';
import { replayDeadLetters } from './replay-dead-letters.ts';
import { createDeadLetterTable } from './store/dead-letter-table.ts';
import { storeTotals } from './store/retention.ts';
import { addContentDoor, type ContentPorts, contentRoutes } from './surfaces/contents/content-routes.ts';
import type { DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';
import type { ApiRoute } from './surfaces/http/api-route.ts';
import { addGuard } from './surfaces/http/guard.ts';
import { addHttpSurface, type HttpSurfacePorts } from './surfaces/http/http-surface.ts';
import type { Listener } from './surfaces/http/status.ts';
import type { ServerTelemetry } from './telemetry-ports.ts';
import type { WritePath } from './write-path.ts';

export type OwnParts = Readonly<{
  config: Config;
  path: WritePath;
  telemetry: ServerTelemetry;
  listeners: readonly Listener[];
  writer: DocumentWriter;
  ingestSpans: IngestSpans;
  routes: readonly ApiRoute[];
  contents: ContentPorts;
}>;

/** Our own routes and the checks of every request, joined to the rest of the server. */
export function ownRoutes({
  config,
  path,
  telemetry,
  listeners,
  writer,
  ingestSpans,
  routes,
  contents,
}: OwnParts): Pick<HttpSurfaces, 'guard' | 'own'> {
  const startedMillis = Date.now();
  const letters = createDeadLetterTable(path.engine);
  const open = () =>
    listeners.filter(({ problem }) => problem === undefined).map(({ name, address, protocol }) => ({ name, address, protocol }));
  const ports: HttpSurfacePorts = {
    health: { ready: async () => (await path.engine.select('SELECT 1 AS one')).length === 1 },
    metrics: { snapshot: () => telemetry.telemetry.snapshot() },
    status: {
      async status() {
        const { rows, bytes, days } = await storeTotals(path.engine);
        const { freeBytes, budgetBytes } = await diskState(config, path);
        return {
          version: version(),
          startedMillis,
          dataFolder: config.data,
          needsCredentials: config.http.username !== '',
          listeners: open(),
          journal: { bytes: path.journal.waitingBytes, maxBytes: config.journal.maxBytes },
          store: { rows, bytes, partitions: days },
          disk: { freeBytes, budgetBytes },
          sources: telemetry.sources(),
        };
      },
    },
    deadLetters: {
      async list({ limit, offset, source }) {
        // Counted first: what comes in between is one more than the total, not one that is missing.
        const total = await letters.count(source);
        return { deadLetters: await letters.list({ limit, offset, source, ids: undefined }), total };
      },
      show: async (id) => (await letters.list({ limit: 1, offset: 0, source: undefined, ids: [id] }))[0],
      replay: ({ ids }) => replayDeadLetters({ letters, writer, ingestSpans }, ids),
      remove: (id) => letters.remove([id]),
    },
    routes: [...routes, ...contentRoutes(contents)],
  };
  return {
    guard: (app: FastifyInstance) => addGuard(app, config.http),
    own: (app: FastifyInstance) => {
      addContentDoor(app, contents);
      addHttpSurface(app, ports, version());
    },
  };
}
