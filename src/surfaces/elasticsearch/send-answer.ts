import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseJson, stringifyJson } from '../../lib/json/json-text.ts';
import { filterPath } from './filter-path.ts';

/**
 * What a handler returns. `json` is printed here; `serialised` is JSON text that goes out as it is unless `pretty` or `filter_path`
 * asks otherwise; `text` is plain text (`_cat`), or another type when `contentType` says so.
 */
export type Answer = Readonly<
  {
    /** Default 200. */
    status?: number;
    headers?: Readonly<Record<string, string>>;
    /** Each becomes a `Warning: 299` header, which clients show to their users. */
    warnings?: readonly string[];
  } & ({ json: unknown } | { serialised: string | Uint8Array } | { text: string; contentType?: string })
>;

/** Below this many bytes gzip costs more than it saves. */
const gzipFromBytes = 1400;
const gzipAsync = promisify(gzip);

/** The vnd type is sent only when asked for: opensearch-js hands back a raw string for it. */
function jsonType(accept: string | undefined): string {
  const asked = accept?.match(/application\/vnd\.elasticsearch\+json\s*;\s*compatible-with\s*=\s*"?(\d+)"?/i);
  return asked ? `application/vnd.elasticsearch+json;compatible-with=${asked[1]}` : 'application/json';
}

function warningHeader(version: string, text: string): string {
  const quoted = text.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]+/g, (part) => encodeURIComponent(part.toWellFormed()));
  return `299 Elasticsearch-${version}-meshscope "${quoted}"`;
}

/** JSON text of an answer after `pretty` and `filter_path`. Untouched text passes without being parsed. */
function jsonBody(
  answer: { json: unknown } | { serialised: string | Uint8Array },
  query: ReadonlyMap<string, string>,
): string | Uint8Array {
  const filter = query.get('filter_path');
  const pretty = query.has('pretty') && query.get('pretty') !== 'false';
  if ('serialised' in answer) {
    if (!filter && !pretty) return answer.serialised;
    const text = typeof answer.serialised === 'string' ? answer.serialised : new TextDecoder().decode(answer.serialised);
    const value = parseJson(text, { keepNumberText: true });
    return finish(filter ? filterPath(value, filter) : value, pretty);
  }
  return finish(filter ? filterPath(answer.json, filter) : answer.json, pretty);
}

const finish = (value: unknown, pretty: boolean): string => (pretty ? `${stringifyJson(value, true)}\n` : stringifyJson(value));

export function queryOf(url: string): ReadonlyMap<string, string> {
  const start = url.indexOf('?');
  return start === -1 ? new Map() : new Map(new URLSearchParams(url.slice(start + 1)));
}

/** Sends an answer with Elasticsearch's headers; compresses it when the client accepts gzip and it is worth it. */
export async function sendAnswer(request: FastifyRequest, reply: FastifyReply, answer: Answer, version: string): Promise<FastifyReply> {
  void reply.code(answer.status ?? 200).header('X-Elastic-Product', 'Elasticsearch');
  for (const [name, value] of Object.entries(answer.headers ?? {})) void reply.header(name, value);
  if (answer.warnings?.length) {
    void reply.header(
      'Warning',
      answer.warnings.map((text) => warningHeader(version, text)),
    );
  }
  let body: string | Uint8Array;
  if ('text' in answer) {
    body = answer.text;
    void reply.header('Content-Type', answer.contentType ?? 'text/plain; charset=UTF-8');
  } else {
    body = jsonBody(answer, queryOf(request.url));
    void reply.header('Content-Type', jsonType(request.headers.accept));
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  void reply.header('Vary', 'Accept-Encoding');
  if (bytes.length < gzipFromBytes || !acceptsGzip(request.headers['accept-encoding'])) return reply.send(bytes);
  return reply.header('Content-Encoding', 'gzip').send(await gzipAsync(bytes, { level: 3 }));
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((part) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(part));
}
