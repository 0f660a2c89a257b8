import { join } from 'node:path';
import { startAudit } from './audit-parts.ts';
import { addCallTelemetry } from './call-telemetry.ts';
import { Catalogue } from './catalogue/catalogue.ts';
import type { LoadedConfig } from './config/load.ts';
import { createDoors } from './create-doors.ts';
import { openDoors } from './doors.ts';
import { createAdministrationPorts } from './elasticsearch-administration.ts';
import { createSearch, elasticsearchRoutes } from './elasticsearch-routes.ts';
import { createDocumentWriter, createWritePorts } from './elasticsearch-writes.ts';
import type { Exporters } from './exporters/start-exporters.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createBodyBudget, createMainApp, type HttpSurfaces } from './http-listeners.ts';
import { IndexCounts } from './index-counts.ts';
import { version } from './lib/version.ts';
import { addressText, listen } from './listener.ts';
import { ownRoutes } from './own-routes.ts';
import { createIngestLogs } from './pipeline/log-intake.ts';
import { createIngestMetrics, createIngestSpans } from './pipeline/signal-intake.ts';
import { assertSupportedPlatform } from './platform.ts';
import { createFieldsOfIndices } from './queries/fields/fields-of-indices.ts';
import { deliverLeftRecords } from './recorder/left-records.ts';
import { createReplayRoutes } from './replay-call.ts';
import { createSavedObjects } from './saved-objects.ts';
import { startFileTail } from './sources/file-tail/file-tail.ts';
import { addOtlpRoutes } from './sources/otlp/http-routes.ts';
import type { OtlpPorts } from './sources/otlp/receive.ts';
import type { RedisStreams } from './sources/redis-streams/start-redis-streams.ts';
import { addZipkinRoutes } from './sources/zipkin/zipkin-routes.ts';
import { createCatalogueTable } from './store/catalogue-table.ts';
import { createContentStore } from './store/contents/content-store.ts';
import { createSavedTable } from './store/saved-table.ts';
import { auditRoutes } from './surfaces/audit/audit-routes.ts';
import type { Listener } from './surfaces/http/status.ts';
import { logPatternRoutes } from './surfaces/log-patterns/log-pattern-routes.ts';
import { addMcpRoutes } from './surfaces/mcp/mcp-routes.ts';
import { savedRoutes } from './surfaces/saved/saved-routes.ts';
import { createServerTelemetry } from './telemetry-ports.ts';
import { startMeshTraces, startTraceExporters } from './trace-parts.ts';
import { grafanaRoutes, meshTraceRoutes, ownTraceRoutes } from './trace-routes.ts';
import { addTraceTelemetry } from './trace-telemetry.ts';
import { openWritePath } from './write-path.ts';

/** A running meshscope. */
export type Server = Readonly<{
  listeners: readonly Listener[];
  /** How this machine reaches it. */
  url: string;
  notes: readonly string[];
  close: () => Promise<void>;
}>;

export type ServerOptions = Readonly<{
  loaded: Pick<LoadedConfig, 'config' | 'sources'>;
  /** One line for the operator. */
  log: (line: string) => void;
}>;

/** Time that a stop may take to load what is acknowledged; the next start loads the rest. */
const closeMillis = 20_000;

/** Starts everything; what had started is stopped again when a later part cannot start. */
export async function createServer({ loaded, log }: ServerOptions): Promise<Server> {
  assertSupportedPlatform();
  const { config, sources } = loaded;
  const stops: (() => Promise<unknown>)[] = [];
  // One that fails must not keep those after it from stopping, the engine among them.
  const close = async () => {
    const failures: Error[] = [];
    for (const stop of stops.splice(0).reverse()) await stop().catch((error: Error) => failures.push(error));
    for (const { message } of failures.slice(1)) log(message);
    if (failures[0] !== undefined) throw failures[0];
  };
  try {
    const telemetry = createServerTelemetry(() => path);
    // Segments of the last run are loaded from the first moment on.
    const onLoaded = new Set<(segment: number) => void>();
    const path = await openWritePath(config, {
      onLoaded: ({ id, rows }, lag) => {
        telemetry.stored(rows, lag);
        for (const listener of onLoaded) listener(id);
      },
      onTrouble: log,
    });
    stops.push(() => path.close(closeMillis));
    const catalogue = await Catalogue.open({
      storage: createCatalogueTable(path.engine, path.deletions),
      rows: { deleteRows: path.deleteIndices },
    });
    const counts = new IndexCounts();
    const writePorts = createWritePorts(config, path, catalogue, counts, telemetry.count);
    onLoaded.add((segment) => writePorts.versions.forgetLoaded(segment));
    const ingest = createIngestLogs({
      append: writePorts.append,
      indexFor: async (name) => (await catalogue.createForWrite(name, { op: 'create' })).index,
      count: telemetry.count,
    });
    stops.push(startHousekeeping(config, path, catalogue, log));

    const audit = await startAudit(config, path, log);
    onLoaded.add(audit.onLoaded);
    stops.push(audit.close);
    const listeners: Listener[] = [];
    let mesh: RedisStreams | undefined;
    let exporters: Exporters | undefined;
    addTraceTelemetry(telemetry.telemetry, { mesh: () => mesh, exporters: () => exporters });
    const fieldsOf = createFieldsOfIndices({ engine: path.engine, catalogue, dataVersion: path.dataVersion });
    const administration = createAdministrationPorts(config, path, catalogue, counts, () => listeners[0]?.address);
    const writer = createDocumentWriter(writePorts);
    const search = createSearch({ config, path, catalogue, fieldsOf, versions: writePorts.versions });
    const budget = createBodyBudget();
    const contents = await createContentStore(path.engine, join(config.data, 'contents'));
    const calls = addCallTelemetry(telemetry.telemetry, config.metrics);
    const signals = { append: writePorts.append, count: telemetry.count };
    const otlp: OtlpPorts = {
      ingestSpans: calls.countingSpans(createIngestSpans(signals)),
      ingestLogs: ingest,
      ingestMetrics: calls.countingMetrics(createIngestMetrics(signals)),
      count: telemetry.count,
      index: config.otlp.index,
      maxBodyBytes: config.otlp.maxBodyBytes,
      budget,
    };
    const { ingestSpans } = otlp;
    const own = ownRoutes({
      config,
      path,
      telemetry,
      listeners,
      writer,
      ingestSpans,
      routes: [
        ...ownTraceRoutes({ config, path, search }),
        ...auditRoutes(audit.log),
        ...createReplayRoutes(config, audit.log),
        ...logPatternRoutes(search),
        ...savedRoutes(createSavedObjects(createSavedTable(path.engine))),
      ],
      contents: { ...contents, maxBytes: config.contents.maxBytes, budget },
    });
    const surfaces: HttpSurfaces = {
      ...own,
      budget,
      log,
      otlp: (app) => addOtlpRoutes(app, otlp),
      zipkin: (app) => addZipkinRoutes(app, otlp),
      mesh: meshTraceRoutes({
        config,
        path,
        search,
        mesh: () => mesh,
        onSegments: (listener) => {
          const one = (segment: number) => listener([segment]);
          onLoaded.add(one);
          return () => onLoaded.delete(one);
        },
      }),
      grafana: grafanaRoutes({ config, path }),
      mcp: (app) => addMcpRoutes(app, { version: version(), maxTokens: config.mcp.maxTokens }),
      elasticsearch: elasticsearchRoutes({ config, path, catalogue, fieldsOf, administration, search, writer }),
    };

    const main = await createMainApp(config, surfaces);
    stops.push(() => main.close());
    const { host } = config.http;
    const port = await listen(main, 'meshscope', host, config.http.port);
    const url = ownUrl(host, port);
    listeners.push({
      name: 'HTTP',
      protocol: 'everything: web page, Elasticsearch API, /api, /metrics',
      address: addressText(host, port),
    });

    if (config.recorders.deliver) {
      const { username, password } = config.http;
      const wanted = Object.assign(new URL(url), { username: encodeURIComponent(username), password: encodeURIComponent(password) });
      stops.push(deliverLeftRecords({ folder: config.recorders.spool, url: wanted, version: version(), everyMillis: 60_000 }));
    }

    const doorParts = { config, surfaces, ingest, otlp, log, asked: (setting: string) => sources[setting]?.kind !== 'default' };
    listeners.push(
      ...(await openDoors(
        createDoors(doorParts, (stop) => stops.push(stop)),
        config.conventionalPorts,
      )),
    );
    if (config.files.paths.length > 0) {
      const { paths, exclude, readFrom, index, multiline, environment, clusterName, hostname } = config.files;
      const tail = await startFileTail({
        paths,
        exclude,
        readFrom,
        index,
        multiline,
        ingest,
        positionsFile: join(config.data, 'file-positions.json'),
        enrich: { environment, clusterName, hostname },
        log: { warn: (message, detail) => log(`${message} ${JSON.stringify(detail)}`) },
      });
      stops.push(() => tail.close());
      listeners.push({ name: 'Files', protocol: 'log files', address: paths.join(' ') });
    }
    const parts = { config, path, log };
    mesh = await startMeshTraces(parts, otlp.ingestSpans);
    if (mesh) {
      const { close: closeMesh, status } = mesh;
      stops.push(closeMesh);
      listeners.push({ name: 'Redis Streams', protocol: 'MCP Mesh traces', address: (await status()).url });
    }
    exporters = await startTraceExporters(parts, () => listeners.map(({ address }) => Number(address.slice(address.lastIndexOf(':') + 1))));
    stops.push(exporters.close);
    const notes = [
      ...path.damages.map(
        ({ segment, keptBytes, damagedBytes, savedAs }) =>
          `journal segment ${segment} was damaged behind byte ${keptBytes}: ${damagedBytes} bytes are kept aside as ${savedAs}`,
      ),
    ];
    return { listeners, url, notes, close };
  } catch (error) {
    await close().catch(({ message }: Error) => log(message));
    throw error;
  }
}

/** An address that means all of them cannot be asked. */
function ownUrl(host: string, port: number): string {
  const isEvery = host === '0.0.0.0' || host === '::';
  return `http://${addressText(isEvery ? '127.0.0.1' : host, port)}`;
}
