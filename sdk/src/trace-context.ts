import { randomFillSync } from 'node:crypto';

/** Identity of a span: 32 and 16 lower-case hex digits; `flags` bit 0 says that the trace is sampled (W3C Trace Context, section 3.2). */
export type TraceContext = Readonly<{ traceId: string; spanId: string; flags: number; state?: string | undefined }>;

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;

/** The context of a `traceparent`, or undefined when it is not one that may be continued. */
export function parseTraceparent(text: unknown, state?: unknown): TraceContext | undefined {
  // Later versions may add members behind the flags, so more than the 55 characters of version 00 is allowed there.
  const match = typeof text === 'string' && text.length <= 512 ? form.exec(text) : null;
  if (!match || match[1] === 'ff' || (match[1] === '00' && match[5] !== undefined)) return undefined;
  const [, , traceId = '', spanId = '', flags = '00'] = match;
  if (zeros.test(traceId) || zeros.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), ...(typeof state === 'string' && state.length <= 512 ? { state } : {}) };
}

export const formatTraceparent = ({ traceId, spanId, flags }: TraceContext): string =>
  `00-${traceId}-${spanId}-${(flags & 0xff).toString(16).padStart(2, '0')}`;

/**
 * MCP Mesh's ids are UUIDs with dashes or hex, and are not checked by its agents. As hex of 32 digits they are usable here;
 * anything else is not. Its span ids of 32 digits do not fit a W3C parent, so the parent is left out then.
 */
export function parseMeshIds(trace: unknown, parent: unknown): Readonly<{ traceId: string; spanId: string | undefined }> | undefined {
  const traceId = typeof trace === 'string' && trace.length <= 64 ? trace.replaceAll('-', '').toLowerCase() : '';
  if (!/^[0-9a-f]{32}$/.test(traceId) || zeros.test(traceId)) return undefined;
  const spanId = typeof parent === 'string' && /^[0-9a-f]{16}$/i.test(parent) && !zeros.test(parent) ? parent.toLowerCase() : undefined;
  return { traceId, spanId };
}

// One system call for many ids: asking for eight bytes at a time costs more than the rest of a span.
const pool = Buffer.alloc(4096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  const text = pool.toString('hex', used - bytes, used);
  return zeros.test(text) ? randomHex(bytes) : text;
}

export const newTraceId = (): string => randomHex(16);
export const newSpanId = (): string => randomHex(8);
