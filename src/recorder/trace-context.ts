import { randomBytes } from 'node:crypto';

/** W3C Trace Context, level 1, section 3.2. */
const form = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

export type SpanIds = Readonly<{ traceId: string; spanId: string; parentId: string }>;

/** Ids of a span below the context that a request carried, or of a trace of its own. */
export function spanIds(traceparent: string | undefined): SpanIds {
  const match = traceparent === undefined ? null : form.exec(traceparent);
  const valid = match !== null && !/^0+$/.test(match[1] as string) && !/^0+$/.test(match[2] as string);
  return {
    traceId: valid ? (match[1] as string) : randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    parentId: valid ? (match[2] as string) : '',
  };
}
