import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { elasticsearchError, illegalArgument, parsingError } from '../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, JsonTextError, type JsonValue, parseJson } from '../../lib/json/json-text.ts';

/**
 * `curl -d @file` removes line ends, so a file that starts with the comment `// name.json` arrives as one comment. Elasticsearch sees
 * an empty body; the first brace behind the file name is where the author's JSON starts.
 */
const swallowedByComment = /^\s*\/\/[^\n{]*\.json\s*(?=\{)/;

/** Text of a request as JSON, comments allowed. Throws `JsonTextError` and, for bytes that are not UTF-8, 400. */
export function parseRequestJson(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes);
  try {
    return parseJson(text);
  } catch (error) {
    const comment = error instanceof JsonTextError && !text.trim().includes('\n') ? swallowedByComment.exec(text) : null;
    if (!comment) throw error;
    return parseJson(text.slice(comment[0].length));
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw elasticsearchError('x_content_parse_exception', 'Invalid UTF-8 in the request body');
  }
}

/** One request, as handlers see it. */
export class Call {
  readonly method: string;
  /** As sent, still percent-encoded, without prefix and query string; for messages. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The inflated bytes; empty when there is no body. Valid until the handler's promise settles. */
  readonly body: Buffer;
  readonly query: ReadonlyMap<string, string>;
  readonly #params: ReadonlyMap<string, string>;
  readonly #reply: FastifyReply;
  #abort: AbortController | undefined;
  #parsed: { value: JsonValue } | undefined;

  constructor(
    request: FastifyRequest,
    reply: FastifyReply,
    { path, params, body }: Readonly<{ path: string; params: ReadonlyMap<string, string>; body: Buffer }>,
  ) {
    this.method = request.method;
    this.path = path;
    this.headers = request.headers;
    this.#params = params;
    this.#reply = reply;
    const query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
    this.query = new Map(query);
    const source = this.query.get('source');
    this.body = body.length === 0 && source !== undefined ? Buffer.from(source) : body;
  }

  /** Aborted when the client has gone away before the answer was sent. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      const { raw } = this.#reply;
      raw.once('close', () => {
        if (!raw.writableFinished) abort.abort();
      });
      this.#abort = abort;
    }
    return this.#abort.signal;
  }

  /** The body (or `?source=`) as JSON; undefined without a body. Parsed once. Integers beyond 2^53 are `bigint`. */
  json(): JsonValue | undefined {
    if (this.body.length === 0) return undefined;
    this.#parsed ??= { value: parseRequestJson(this.body) };
    return this.#parsed.value;
  }

  /** The body as an object; `{}` without a body. Throws 400 for any other JSON value. */
  object(): JsonObject {
    const value = this.json();
    if (value === undefined) return {};
    if (!isJsonObject(value)) throw parsingError('Expected [START_OBJECT]: the body must be a JSON object');
    return value;
  }

  /** The body as an object. Throws 400 `request body is required` without one. */
  requiredObject(): JsonObject {
    if (this.body.length === 0) throw elasticsearchError('parse_exception', 'request body is required');
    return this.object();
  }

  /** A decoded path parameter; undefined when the route that matched does not have it. */
  param(name: string): string | undefined {
    return this.#params.get(name);
  }

  requiredParam(name: string): string {
    const value = this.param(name);
    if (value === undefined || value === '') throw illegalArgument(`[${name}] is missing in the path`);
    return value;
  }

  text(name: string): string | undefined {
    return this.query.get(name);
  }

  /** A boolean query parameter; present without a value means true. Throws 400 for another value. */
  flag(name: string, fallback = false): boolean {
    const value = this.query.get(name);
    if (value === undefined) return fallback;
    if (value === '' || value === 'true') return true;
    if (value === 'false') return false;
    throw illegalArgument(`Failed to parse value [${value}] as only [true] or [false] are allowed.`);
  }

  /** An integer query parameter. Throws 400 for anything but a safe integer. */
  integer(name: string, fallback: number): number {
    const value = this.query.get(name);
    if (value === undefined) return fallback;
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(number)) throw illegalArgument(`Failed to parse int parameter [${name}] with value [${value}]`);
    return number;
  }
}
