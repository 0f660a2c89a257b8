import { pathToFileURL } from 'node:url';
import { AppError } from '../lib/errors.ts';
import type { Trace } from '../model/trace.ts';
import { type CompletedTrace, completedTrace } from '../queries/trace-forms/completed-trace.ts';
import { type JaegerTrace, jaegerTrace } from '../queries/trace-forms/jaeger-json.ts';
import { type OtlpTraces, otlpJson } from '../queries/trace-forms/otlp-json.ts';
import { type ZipkinSpan, zipkinTrace } from '../queries/trace-forms/zipkin-v2.ts';
import type { TraceExporter } from './exporter.ts';

/** What `createExporter` of a module gets. The forms are plain objects that `JSON.stringify` takes. */
export type ExporterModuleContext = Readonly<{
  completedTrace: (trace: Trace) => CompletedTrace;
  otlpJson: (traces: readonly Trace[]) => OtlpTraces;
  zipkinTrace: (trace: Trace) => readonly ZipkinSpan[];
  jaegerTrace: (trace: Trace) => JaegerTrace;
  /** One line for the operator. */
  log: (line: string) => void;
}>;

/** Loads a module that exports `createExporter(context)`. Rejects with AppError `bad_config`, which names the file and what is wrong. */
export async function loadExporterModule(path: string, log: (line: string) => void): Promise<TraceExporter> {
  const wrong = (what: string, cause?: unknown) =>
    new AppError('bad_config', `tracing.exporterModule ${path} ${what}. See docs/export/traces.md.`, { cause });
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw wrong(`cannot be loaded: ${(cause as Error).message}`, cause);
  }
  const create = (module as Readonly<Record<string, unknown>>).createExporter;
  if (typeof create !== 'function') throw wrong('does not export a function createExporter');
  let exporter: unknown;
  try {
    exporter = await create({ completedTrace, otlpJson, zipkinTrace, jaegerTrace, log } satisfies ExporterModuleContext);
  } catch (cause) {
    throw wrong(`cannot create its exporter: ${(cause as Error).message}`, cause);
  }
  if (!isExporter(exporter)) throw wrong('returns no object with a method export(trace, context)');
  return exporter;
}

const isExporter = (value: unknown): value is TraceExporter =>
  typeof value === 'object' && value !== null && 'export' in value && typeof value.export === 'function';
