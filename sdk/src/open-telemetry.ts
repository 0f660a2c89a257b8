import type { TraceContext } from './trace-context.ts';

/**
 * The application's own OpenTelemetry, if it has registered one. It is found where every copy of `@opentelemetry/api` 1.x keeps it,
 * because that is the one place that works without a dependency, in ES modules and CommonJS, and whichever copy the application loaded.
 * The symbols are a contract between the copies, so they hold for the whole of version 1.
 */
export type OtelContext = Readonly<{
  getValue: (key: symbol) => unknown;
  setValue: (key: symbol, value: unknown) => OtelContext;
  deleteValue: (key: symbol) => OtelContext;
}>;

type OtelSpanContext = Readonly<{
  traceId: string;
  spanId: string;
  traceFlags: number;
  isRemote?: boolean;
  traceState?: { serialize: () => string } | undefined;
}>;

export type AttributeValue = string | number | boolean;
export type Attributes = Record<string, AttributeValue | undefined>;

export type OtelSpan = {
  spanContext: () => OtelSpanContext;
  isRecording: () => boolean;
  setAttributes: (attributes: Attributes) => unknown;
  setStatus: (status: { code: number; message?: string }) => unknown;
  end: (time?: number) => void;
};

type SpanOptions = { kind: number; attributes: Attributes; startTime: number; links: { context: OtelSpanContext }[] };
type Tracer = { startSpan: (name: string, options: SpanOptions, context: OtelContext) => OtelSpan };
type HistogramOptions = { unit: string; description: string; advice: { explicitBucketBoundaries: number[] } };
export type OtelCounter = { add: (value: number, attributes: Attributes) => void };
export type OtelHistogram = { record: (value: number, attributes: Attributes) => void };

type OtelApi = {
  trace?: { getTracer: (name: string, version?: string) => Tracer };
  context?: { active: () => OtelContext; with: <T>(context: OtelContext, work: () => T) => T };
  propagation?: {
    inject: (context: OtelContext, carrier: unknown, setter: unknown) => void;
    extract: (context: OtelContext, carrier: unknown, getter: unknown) => OtelContext;
  };
  metrics?: {
    getMeter: (
      name: string,
      version?: string,
    ) => {
      createHistogram: (name: string, options: HistogramOptions) => OtelHistogram;
      createUpDownCounter?: (name: string, options: Omit<HistogramOptions, 'advice'>) => OtelCounter;
      createGauge?: (name: string, options: Omit<HistogramOptions, 'advice'>) => OtelHistogram;
    };
  };
};

type OtelLogger = { emit: (record: Readonly<Record<string, unknown>>) => void };
type OtelLogs = { getLogger: (name: string, version?: string) => OtelLogger };

const apiKey = Symbol.for('opentelemetry.js.api.1');
const logsKey = Symbol.for('io.opentelemetry.js.api.logs');
export const spanKey: symbol = Symbol.for('OpenTelemetry Context Key SPAN');
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

const globals = globalThis as { [apiKey]?: OtelApi; [logsKey]?: (version: number) => OtelLogs | undefined };

export const registered = (): OtelApi => globals[apiKey] ?? {};

/** 1 is the version that the logs API asks for in all its releases so far; others answer with one that does nothing. */
export const registeredLogs = (): OtelLogs | undefined => globals[logsKey]?.(1);

function contextOf(values: ReadonlyMap<symbol, unknown>): OtelContext {
  return {
    getValue: (key) => values.get(key),
    setValue: (key, value) => contextOf(new Map(values).set(key, value)),
    deleteValue: (key) => contextOf(new Map([...values].filter(([one]) => one !== key))),
  };
}

const rootContext = contextOf(new Map());

export const activeContext = (): OtelContext => registered().context?.active() ?? rootContext;

export const withContext = <T>(context: OtelContext | undefined, work: () => T): T => {
  const manager = context && registered().context;
  return manager ? manager.with(context, work) : work();
};

/** Runs `work` so that an instrumented `http` makes no spans of it. */
export const withoutTracing = <T>(work: () => T): T => withContext(activeContext().setValue(suppressKey, true).deleteValue(spanKey), work);

export const spanOf = (context: OtelContext): OtelSpan | undefined => context.getValue(spanKey) as OtelSpan | undefined;

export function traceContextOf(span: OtelSpan | undefined): TraceContext | undefined {
  const context = span?.spanContext();
  // An unsampled or missing SDK answers with ids of zeros.
  if (!context || /^0*$/.test(context.traceId) || /^0*$/.test(context.spanId)) return undefined;
  return { traceId: context.traceId, spanId: context.spanId, flags: context.traceFlags, state: context.traceState?.serialize() };
}

/** A span that stands for one of another process. */
export function remoteSpan(context: TraceContext): OtelSpan {
  const spanContext: OtelSpanContext = { traceId: context.traceId, spanId: context.spanId, traceFlags: context.flags, isRemote: true };
  const span: OtelSpan & Record<string, unknown> = {
    spanContext: () => spanContext,
    isRecording: () => false,
    setAttributes: () => span,
    setAttribute: () => span,
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: () => span,
    updateName: () => span,
    recordException: () => undefined,
    end: () => undefined,
  };
  return span;
}
