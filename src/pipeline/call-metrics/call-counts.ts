import type { Sample } from '../../lib/telemetry.ts';
import type { SpanBatch, SpanRecord } from '../../model/span.ts';
import { byteSamples, type CallLabels, type CallSeries, CallSeriesSet, labelText, ownCopy } from './call-series.ts';
import { type SpanOfCall, visitLines } from './line-calls.ts';
import { OpenCalls } from './open-calls.ts';
import { type CallReading, readCall, spanSeconds } from './read-call.ts';
import { RecentIds } from './recent-ids.ts';

/** Series of one function of an agent; undefined until there is such a call. */
type MeshSeries = { ok: CallSeries | undefined; error: CallSeries | undefined };

/** Senders repeat what was not acknowledged within minutes. */
const rememberedCalls = 50_000;

/** MCP Mesh's routes and proxies publish spans too, but nobody calls them as tools. */
const notCalled = /^(?:$|proxy_call_wrapper|_internal_|route:|(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \/)/;

/**
 * Counts calls of tools and other requests of MCP as their spans come in: those of OpenTelemetry's conventions, and MCP Mesh's. Reports of
 * the two sides of a call are two metrics; reports of a recorder, of the program itself, and of MCP Mesh are told apart by a label.
 */
export class CallCounts {
  readonly sides: Readonly<Record<CallReading['side'], CallSeriesSet>>;
  readonly #limit: number;
  readonly #seen = new RecentIds(rememberedCalls);
  /** `server\0name` of tools and prompts that are known to be there. */
  readonly #names = new Set<string>();
  readonly #mesh = new Map<string, Map<string, MeshSeries | undefined>>();
  #meshSize = 0;
  readonly #open = new OpenCalls();

  constructor(maxSeries: number) {
    this.#limit = maxSeries;
    this.sides = { server: new CallSeriesSet(maxSeries), client: new CallSeriesSet(maxSeries) };
  }

  take({ source, spans, lines }: SpanBatch): void {
    const now = Date.now();
    if (lines !== undefined) visitLines(lines, (span) => this.#takeMesh(span.record === 'span' ? span : span.copy(), now));
    if (source === 'redis') for (const span of spans) this.#takeMesh(span, now);
    else for (const span of spans) this.#takeMcp(span, now);
  }

  #takeMcp(span: SpanRecord, now: number): void {
    const call = readCall(span);
    if (call === undefined || !this.#seen.add(`${span.traceId} ${span.spanId}`)) return;
    const series = this.sides[call.side].at(this.#withKnownName(call));
    series.add(call.seconds, span, now);
    series.requestBytes += call.requestBytes;
    series.responseBytes += call.responseBytes;
  }

  /** Names are what callers send: only those count that their server knows. */
  #withKnownName({ labels, isUnknownName }: CallReading): CallLabels {
    const name = labels.gen_ai_tool_name || labels.gen_ai_prompt_name;
    if (name === '') return labels;
    const key = `${labels.server}\0${name}`;
    if (this.#names.has(key)) return labels;
    if (!isUnknownName && this.#names.size < this.#limit) {
      this.#names.add(ownCopy(key));
      return labels;
    }
    return { ...labels, ...(labels.gen_ai_tool_name === '' ? { gen_ai_prompt_name: '_OTHER' } : { gen_ai_tool_name: '_OTHER' }) };
  }

  #takeMesh(span: SpanOfCall, now: number): void {
    if (span.record === 'span') this.#addMesh(span, spanSeconds(span), now);
    else this.#takeEvent(span, now);
  }

  #addMesh(span: SpanOfCall, seconds: number | undefined, now: number): void {
    const found = seconds === undefined ? undefined : this.#meshSeries(span.service, span.name);
    if (seconds === undefined || found === undefined) return;
    const outcome = span.status === 'error' ? 'error' : 'ok';
    found[outcome] ??= this.sides.server.at(meshLabels(span, outcome));
    found[outcome].add(seconds, span, now);
    if (span.requestBytes !== '') found[outcome].requestBytes += Number(span.requestBytes);
    if (span.responseBytes !== '') found[outcome].responseBytes += Number(span.responseBytes);
  }

  /** Two lookups by texts that are there already, because there are a hundred thousand spans a second. */
  #meshSeries(service: string, name: string): MeshSeries | undefined {
    const known = this.#mesh.get(service);
    const found = known?.get(name);
    if (found !== undefined || known?.has(name)) return found;
    if (this.#meshSize >= 4 * this.#limit) {
      this.#mesh.clear();
      this.#meshSize = 0;
    }
    const ofService = this.#mesh.get(service) ?? new Map<string, MeshSeries | undefined>();
    if (ofService.size === 0) this.#mesh.set(ownCopy(service), ofService);
    const added = notCalled.test(name) ? undefined : { ok: undefined, error: undefined };
    ofService.set(ownCopy(name), added);
    this.#meshSize++;
    return added;
  }

  #takeEvent(span: SpanOfCall, now: number): void {
    const key = `${span.traceId} ${span.spanId}`;
    if (span.record === 'start') {
      if (!notCalled.test(span.name)) this.#open.begin(key, span, now);
      return;
    }
    const start = this.#open.end(key);
    // An `error` may be followed by a `span_end`; the call ended once.
    if (!this.#seen.add(key)) return;
    const times = { ...span, startNanos: span.startNanos || (start?.startNanos ?? '') };
    const status = span.record === 'error' ? 'error' : span.status;
    const { service = '', name = '' } = start ?? {};
    this.#addMesh({ ...span, status, service: span.service || service, name: span.name || name }, spanSeconds(times), now);
  }

  /** Calls of MCP Mesh's agents that have sent their start and not their end. */
  inFlight(nowMillis: number): readonly Sample[] {
    const byServer = new Map<string, number>();
    for (const { service } of this.#open.all(nowMillis)) byServer.set(service, (byServer.get(service) ?? 0) + 1);
    return [...byServer].slice(0, this.#limit).map(([server, value]) => ({ labels: { server, reporter: 'mesh' }, value }));
  }

  bytes(what: 'requestBytes' | 'responseBytes'): readonly Sample[] {
    return byteSamples([...this.sides.server.all(), ...this.sides.client.all()], what);
  }
}

const meshLabels = ({ service, name }: SpanOfCall, outcome: string): CallLabels => ({
  server: labelText(service),
  client: '',
  mcp_method_name: 'tools/call',
  gen_ai_tool_name: labelText(name.replace(/^tool:/, '')),
  gen_ai_prompt_name: '',
  outcome,
  error_type: '',
  reporter: 'mesh',
});
