import http from 'node:http';
import https from 'node:https';
import { AppError } from '../lib/errors.ts';
import { basicAuthorization, splitCredentials } from '../lib/url-credentials.ts';
import { type OptionSpec, UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

export const clientOptions = {
  url: { type: 'string', placeholder: 'URL', help: 'The server; also MESHSCOPE_URL.', fallback: 'http://127.0.0.1:8000' },
  user: { type: 'string', placeholder: 'NAME:PASSWORD', help: 'Credentials; also MESHSCOPE_USERNAME and MESHSCOPE_PASSWORD.' },
} as const satisfies Record<string, OptionSpec>;

export type ServerResponse = Readonly<{ status: number; body: Buffer }>;

export type ServerRequest = Readonly<{
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: string | Uint8Array | undefined;
  contentType?: string;
  userAgent?: string;
  /** Ends the request, also at the server; it rejects with the signal's reason. */
  signal?: AbortSignal;
}>;

/** Talks to a running server. `close` MUST be called, or idle connections keep the process alive. */
export type ServerClient = Readonly<{
  url: string;
  /** Resolves with any answer. Rejects with AppError `no_server` when none came. */
  request: (request: ServerRequest) => Promise<ServerResponse>;
  /** As `request`, but undefined when no answer came: for questions that nobody need be there for. */
  tryRequest: (request: ServerRequest) => Promise<ServerResponse | undefined>;
  /** As `request`, but an answer that is not 2xx becomes an AppError with the server's reason. */
  send: (request: ServerRequest) => Promise<ServerResponse>;
  close: () => void;
}>;

type ClientFlags = Readonly<{ url?: string | undefined; user?: string | undefined }>;

/** No answer within this time: a server that hangs must not hang us for ever. Longer than any query may take. */
const timeoutMillis = 120_000;

export function createServerClient(flags: ClientFlags, env: Terminal['env'], connections = 8): ServerClient {
  const text = flags.url ?? (env.MESHSCOPE_URL || 'http://127.0.0.1:8000');
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`The server's address must be a URL such as http://127.0.0.1:8000, not ${JSON.stringify(text)}.`);
  }
  const base = new URL(text);
  const authorization = credentials(base, flags, env);
  const shown = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
  const transport = base.protocol === 'https:' ? https : http;
  const agent = new transport.Agent({ keepAlive: true, maxSockets: connections });

  const request = ({ method, path, body, contentType = 'application/json', userAgent, signal }: ServerRequest) =>
    new Promise<ServerResponse>((resolve, reject) => {
      const fail = (cause: Error) => reject(signal?.aborted ? signal.reason : noServer(shown, cause));
      const outgoing = transport.request(
        `${shown}${path}`,
        {
          agent,
          method,
          timeout: timeoutMillis,
          ...(signal === undefined ? {} : { signal }),
          headers: {
            accept: 'application/json',
            ...(authorization === undefined ? {} : { authorization }),
            ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
            ...(body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }));
          incoming.on('error', fail);
        },
      );
      outgoing.on('error', fail);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMillis / 1000} s`)));
      outgoing.end(body);
    });

  return {
    url: shown,
    request,
    tryRequest: async (wanted) => {
      try {
        return await request(wanted);
      } catch (error) {
        if (error instanceof AppError && error.code === 'no_server') return undefined;
        throw error;
      }
    },
    send: async (wanted) => {
      const response = await request(wanted);
      if (response.status < 200 || response.status > 299) throw answerError(response, shown);
      return response;
    },
    close: () => agent.destroy(),
  };
}

function credentials(base: URL, flags: ClientFlags, env: Terminal['env']): string | undefined {
  const fromEnv = env.MESHSCOPE_USERNAME ? `${env.MESHSCOPE_USERNAME}:${env.MESHSCOPE_PASSWORD ?? ''}` : undefined;
  const user = flags.user ?? splitCredentials(base).user ?? fromEnv;
  if (user === undefined) return undefined;
  if (!user.includes(':')) throw new UsageError('--user must be NAME:PASSWORD.');
  return basicAuthorization(user);
}

function noServer(url: string, cause: Error): AppError {
  const code = 'code' in cause ? String(cause.code) : '';
  const never = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
  const what = never ? `No meshscope answers at ${url}` : `The connection to ${url} was lost (${cause.message})`;
  return new AppError('no_server', `${what}: start one with \`meshscope up\`, or name its address with --url.`, { cause });
}

type ErrorAnswer = Readonly<{
  error?: string | Readonly<{ type?: string; reason?: string; message?: string; root_cause?: readonly { reason?: string }[] }>;
}>;

/** The reason in an error answer, in Elasticsearch's form or in ours. */
export function reasonOf(response: ServerResponse): string {
  try {
    const { error } = JSON.parse(response.body.toString('utf8')) as ErrorAnswer;
    if (typeof error === 'string') return error;
    return error?.root_cause?.[0]?.reason ?? error?.reason ?? error?.message ?? `HTTP ${response.status}`;
  } catch {
    return `HTTP ${response.status}`;
  }
}

function answerError(response: ServerResponse, url: string): AppError {
  const reason = reasonOf(response);
  if (response.status === 401) {
    return new AppError(
      'unauthorized',
      `${url} wants credentials: give --user NAME:PASSWORD, or MESHSCOPE_USERNAME and MESHSCOPE_PASSWORD.`,
    );
  }
  if (response.status === 403) return new AppError('forbidden', `${url} refuses: ${reason}`);
  if (response.status === 404) return new AppError('not_found', `${url} does not have this: ${reason}`);
  if (isRetryable(response.status)) return new AppError('shutting_down', `${url} is not ready: ${reason}`);
  return new AppError(response.status >= 500 ? 'store_failed' : 'bad_request', `${url} answers: ${reason}`);
}

export const isRetryable = (status: number): boolean => status === 429 || status === 502 || status === 503 || status === 504;
