import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeepReadonly } from '../lib/deep-readonly.ts';
import { AppError } from '../lib/errors.ts';
import type { TracingConfig } from './config.ts';
import { createConsoleExporter } from './console.ts';
import { loadExporterModule } from './custom-module.ts';
import { ExportLoop } from './export-loop.ts';
import type { ExportPorts } from './export-ports.ts';
import type { TraceExporter } from './exporter.ts';
import { type ExporterName, parseExporterNames } from './exporter-names.ts';
import { createJsonExporter } from './json.ts';
import { MarkLog } from './mark-log.ts';
import { createOtlpExporter } from './otlp.ts';
import { createOtlpGrpcExporter } from './otlp-grpc.ts';
import { readMarked } from './read-marked.ts';
import { Target, type TargetStatus } from './target.ts';
import { openTargetPosition } from './target-position.ts';
import { createZipkinExporter } from './zipkin.ts';

export type ExportersOptions = DeepReadonly<TracingConfig> &
  Readonly<{
    /** meshscope's data folder: the queue is in `exports` below it. */
    data: string;
    roundMillis?: number;
    backoffMillis?: readonly number[];
  }>;

export type ExportersStatus = Readonly<{
  targets: readonly TargetStatus[];
  /** Traces whose last record came before this time were looked at; `undefined` when nothing is exported. */
  searchedUntilMillis: number | undefined;
  queueBytes: number;
}>;

export type Exporters = Readonly<{ status: () => ExportersStatus; close: () => Promise<void> }>;

/** Which exporters the settings ask for. Throws AppError `bad_config`. */
export function chosenExporters(options: DeepReadonly<TracingConfig>): readonly ExporterName[] {
  const choice = parseExporterNames(options.exporters);
  if (typeof choice === 'string') throw new AppError('bad_config', `tracing.exporters (TRACE_EXPORTER_TYPE) ${choice}.`);
  const names = new Set(choice.names);
  if (choice.isMulti) {
    names.add('console').add('json');
    if (options.otlpEndpoint !== '') names.add('otlp');
    if (options.zipkinEndpoint !== '') names.add('zipkin');
    if (options.jaegerEndpoint !== '') names.add('jaeger');
  }
  if (options.exporterModule !== '' && (names.size > 0 || choice.isMulti)) names.add('custom');
  if (names.has('custom') && options.exporterModule === '') {
    throw new AppError('bad_config', 'tracing.exporters names custom, but tracing.exporterModule is not set.');
  }
  return [...names];
}

/**
 * Starts what the settings ask for. Rejects with AppError `bad_config`, or with what the file system says when the queue cannot be
 * opened. Without any exporter the queue is removed, so that exporters that are turned on later begin with new traces.
 */
export async function startExporters(options: ExportersOptions, ports: ExportPorts): Promise<Exporters> {
  const names = chosenExporters(options);
  const folder = join(options.data, 'exports');
  if (names.length === 0) {
    await rm(folder, { recursive: true, force: true });
    return { status: () => ({ targets: [], searchedUntilMillis: undefined, queueBytes: 0 }), close: async () => undefined };
  }
  const exporters: { name: ExporterName; exporter: TraceExporter }[] = [];
  for (const name of names) exporters.push({ name, exporter: await createExporter(name, options, ports) });
  await mkdir(folder, { recursive: true });
  await removePositions(folder, names);
  const log = await MarkLog.open({ folder, maxBytes: options.exportQueueBytes });
  const limits = { quietMillis: options.quietMillis, timeoutMillis: options.timeoutMillis };
  const targets: Target[] = [];
  for (const { name, exporter } of exporters) {
    const position = await openTargetPosition(join(folder, positionFile(name)), log.next);
    targets.push(
      new Target({
        name,
        exporter,
        log,
        position,
        readMarked: (marks) => readMarked(marks, limits, ports),
        onTrouble: ports.log,
        ...(options.backoffMillis !== undefined && { backoffMillis: options.backoffMillis }),
      }),
    );
  }
  const loop = await ExportLoop.start({
    ports,
    limits,
    log,
    onMarks: () => {
      for (const target of targets) target.wake();
    },
    neededFrom: () => Math.min(...targets.map(({ done }) => done)),
    ...(options.roundMillis !== undefined && { roundMillis: options.roundMillis }),
  });
  return {
    status: () => ({
      targets: targets.map((target) => target.status()),
      searchedUntilMillis: loop.searchedUntilMillis,
      queueBytes: log.bytes,
    }),
    close: async () => {
      await loop.close();
      await Promise.all(targets.map((target) => target.close()));
      await log.close();
    },
  };
}

const positionFile = (name: string) => `position-${name}`;

/** A target that was taken away begins with new traces when it comes back. */
async function removePositions(folder: string, names: readonly string[]): Promise<void> {
  const wanted = names.map(positionFile);
  for (const file of await readdir(folder)) {
    if (file.startsWith('position-') && !wanted.includes(file)) await rm(join(folder, file), { force: true });
  }
}

async function createExporter(name: ExporterName, options: ExportersOptions, ports: ExportPorts): Promise<TraceExporter> {
  const ownPorts = () => ports.ownPorts();
  switch (name) {
    case 'console':
      return createConsoleExporter({ pretty: options.pretty, write: (text) => ports.write(text) });
    case 'json':
      return createJsonExporter({
        folder: options.jsonFolder === '' ? join(options.data, 'traces-json') : options.jsonFolder,
        maxBytes: options.jsonMaxBytes,
        maxFiles: options.jsonMaxFiles,
      });
    case 'otlp':
      return createOtlp(options, ports);
    case 'jaeger':
      // Jaeger takes OTLP since 1.35, and nothing else since 2.0.
      return createOtlpExporter({ endpoint: options.jaegerEndpoint || 'localhost:4318', encoding: 'protobuf', headers: {}, ownPorts });
    case 'zipkin':
      return createZipkinExporter({ endpoint: options.zipkinEndpoint || 'localhost:9411', ownPorts });
    case 'custom':
      return loadExporterModule(options.exporterModule, (line) => ports.log(line));
  }
}

const grpcPort = '4317';

async function createOtlp(options: ExportersOptions, ports: ExportPorts): Promise<TraceExporter> {
  const endpoint = options.otlpEndpoint || 'localhost:4318';
  const headers = headersOf(options.otlpHeaders);
  const ownPorts = () => ports.ownPorts();
  const isGrpcPort = new URL(endpoint.includes('://') ? endpoint : `http://${endpoint}`).port === grpcPort;
  const protocol = options.otlpProtocol === 'auto' ? (isGrpcPort ? 'grpc' : 'http') : options.otlpProtocol;
  if (protocol === 'grpc') return createOtlpGrpcExporter({ endpoint, headers, ownPorts });
  return createOtlpExporter({ endpoint, encoding: protocol === 'http/json' ? 'json' : 'protobuf', headers, ownPorts });
}

function headersOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals <= 0) throw new AppError('bad_config', 'tracing.otlpHeaders must be a list of name=value.');
      return [pair.slice(0, equals).trim().toLowerCase(), pair.slice(equals + 1).trim()];
    }),
  );
}
