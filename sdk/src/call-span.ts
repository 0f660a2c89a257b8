import { type Attributes, activeContext, type OtelContext, registered, spanKey, spanOf, traceContextOf } from './open-telemetry.ts';
import { attributeList, scopeName, scopeVersion, unixNanos } from './otlp-json.ts';
import { currentTrace, otelParent, type RemoteParent } from './propagation.ts';
import type { Telemetry } from './telemetry.ts';
import { newSpanId, newTraceId, type TraceContext } from './trace-context.ts';

export type CallSpan = Readonly<{
  trace: TraceContext;
  parentSpanId: string | undefined;
  /** To run the work in, with an OpenTelemetry of the application. */
  context: OtelContext | undefined;
  /** Reports that it has begun, for those that take long; its end has the same ids (`meshscope.record`). OpenTelemetry has nothing of the kind. */
  tellStart: () => void;
  /** `error`: message of the error, or undefined. `kept: false` leaves the span out, where it is not too late. */
  end: (ending: Readonly<{ attributes: Attributes; error: string | undefined; endMillis: number; kept: boolean }>) => void;
}>;

export type SpanStart = Readonly<{
  name: string;
  role: 'client' | 'server';
  startMillis: number;
  attributes: Attributes;
  /** Of the message, for `role: 'server'`. */
  parent: RemoteParent | undefined;
  /** An earlier round of the same call. */
  earlier: TraceContext | undefined;
}>;

/** Starts a span in the application's OpenTelemetry if there is one, else one of our own. */
export function startCallSpan(telemetry: Telemetry, start: SpanStart): CallSpan {
  const ambient = currentTrace();
  const remote = start.parent?.trace;
  // The convention: `_meta` is the parent, and what was active here (an HTTP server's span) is linked.
  const links = [remote && ambient && ambient.spanId !== remote.spanId ? ambient : undefined, start.earlier].filter(
    (link) => link !== undefined,
  );
  return registered().trace
    ? otelSpan(start, links)
    : ownSpan(telemetry, start, links, remote ?? (start.parent?.rootOf ? undefined : ambient));
}

function otelSpan(start: SpanStart, links: readonly TraceContext[]): CallSpan {
  const parent = (start.parent && otelParent(start.parent)) ?? activeContext();
  // The API's kinds are OTLP's less one: SERVER 1, CLIENT 2.
  const span = registered()
    .trace?.getTracer(scopeName, scopeVersion)
    .startSpan(
      start.name,
      {
        kind: start.role === 'server' ? 1 : 2,
        attributes: start.attributes,
        startTime: start.startMillis,
        links: links.map(({ traceId, spanId, flags }) => ({ context: { traceId, spanId, traceFlags: flags } })),
      },
      parent,
    );
  const trace = traceContextOf(span) ?? { traceId: newTraceId(), spanId: newSpanId(), flags: 0 };
  return {
    trace,
    parentSpanId: traceContextOf(spanOf(parent))?.spanId,
    context: span && parent.setValue(spanKey, span),
    tellStart: () => undefined,
    end: ({ attributes, error, endMillis }) => {
      span?.setAttributes(withoutUndefined(attributes));
      if (error !== undefined) span?.setStatus({ code: 2, message: error });
      span?.end(endMillis);
    },
  };
}

function ownSpan(telemetry: Telemetry, start: SpanStart, links: readonly TraceContext[], parent: TraceContext | undefined): CallSpan {
  const traceId = parent?.traceId ?? start.parent?.rootOf ?? newTraceId();
  const trace: TraceContext = { traceId, spanId: newSpanId(), flags: parent?.flags ?? 1, state: parent?.state };
  const named = () => ({
    traceId,
    spanId: trace.spanId,
    parentSpanId: parent?.spanId ?? '',
    traceState: trace.state,
    name: start.name,
    kind: start.role === 'server' ? 2 : 3,
    startTimeUnixNano: unixNanos(start.startMillis),
  });
  let isTold = false;
  return {
    trace,
    parentSpanId: parent?.spanId,
    context: undefined,
    tellStart: () => {
      if (isTold || (trace.flags & 1) === 0) return;
      isTold = true;
      telemetry.span({ ...named(), attributes: attributeList(start.attributes, { 'meshscope.record': 'start' }) });
    },
    end: ({ attributes, error, endMillis, kept }) => {
      // A parent that is not sampled will not be stored; only errors are worth a span without one. What was said to run must be said to have ended.
      if (!isTold && (!kept || ((trace.flags & 1) === 0 && error === undefined))) return;
      if (isTold) attributes['meshscope.record'] = 'end';
      telemetry.span({
        ...named(),
        endTimeUnixNano: unixNanos(endMillis),
        attributes: attributeList(start.attributes, attributes),
        links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
        status: error === undefined ? { code: 0 } : { code: 2, message: error },
      });
    },
  };
}

const withoutUndefined = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
