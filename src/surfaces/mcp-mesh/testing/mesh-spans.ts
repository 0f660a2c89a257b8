import type { SpanRecord } from '../../../model/span.ts';
import { span } from '../../../queries/traces/testing/trace-table.ts';

export const openedAt = 1_763_700_000_000;
const startNanos = 1_763_700_000_123_456_000n;
const at = (millis: number) => String(startNanos + BigInt(millis) * 1_000_000n);
export const id = 'c1b2c3d4-e5f6-7890-abcd-ef1234567890';

/** A failed call from one agent to another, something open, and something quick. */
export const meshSpans: readonly SpanRecord[] = [
  span({
    traceId: id,
    spanId: 'root',
    name: 'generate_report',
    service: 'dependent-service',
    instance: 'dependent-1',
    address: '10.0.0.1',
    startNanos: at(0),
    endNanos: at(15),
    durationNanos: '15500000',
    status: 'ok',
    runtime: 'python',
    capability: 'report',
  }),
  span({
    traceId: id,
    spanId: 'proxy',
    parentId: 'root',
    name: 'proxy_call_wrapper',
    service: 'dependent-service',
    startNanos: at(1),
    endNanos: at(9),
    status: 'ok',
    runtime: 'python',
  }),
  span({
    traceId: id.replaceAll('-', ''),
    spanId: 'callee',
    parentId: 'proxy',
    name: 'get_current_time',
    service: 'fastmcp-service',
    startNanos: at(2),
    endNanos: at(8),
    status: 'error',
    statusMessage: 'boom',
    runtime: 'python',
    model: 'anthropic/claude',
    inputTokens: '10',
    outputTokens: '5',
    requestBytes: '100',
    responseBytes: '200',
  }),
  span({ traceId: 'open one', spanId: 'a', record: 'start', name: 'waits', service: 'dependent-service', startNanos: at(1000) }),
  span({ traceId: 'quick', spanId: 'q', name: 'quick', service: 'solo', startNanos: at(2000), endNanos: at(2001), status: 'ok' }),
];
