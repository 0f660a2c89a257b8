import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { basicAuthorization, splitCredentials } from '../lib/url-credentials.ts';
import { ExportError } from './exporter.ts';

export type HttpTarget = Readonly<{
  url: URL;
  headers: Readonly<Record<string, string>>;
  ownPorts: () => readonly number[];
}>;

const timeoutMillis = 30_000;

/** A URL from a setting: without a scheme it is plain HTTP, without a path the protocol's own. */
export function endpointUrl(text: string, defaultPath: string): URL {
  const url = new URL(text.includes('://') ? text : `http://${text}`);
  if (url.pathname === '/') url.pathname = defaultPath;
  return url;
}

/** Whether a URL leads to this process: then what is exported would come in again and be exported again, for ever. */
export function isOwn(url: URL, ownPorts: readonly number[]): boolean {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere =
    host === 'localhost' || host === hostname() || host === '::1' || host === '0.0.0.0' || (isIP(host) === 4 && host.startsWith('127.'));
  return isHere && ownPorts.includes(port);
}

const retryStatuses = [408, 425, 429, 500, 502, 503, 504];

/** Rejects with `ExportError`; 4xx other than those that mean "later" are final. */
export async function httpPost(target: HttpTarget, contentType: string, body: Uint8Array | string, signal: AbortSignal): Promise<Response> {
  const { url, headers, ownPorts } = target;
  if (isOwn(url, ownPorts())) throw new ExportError(`${url.origin} is this meshscope itself; name another endpoint`, { retryable: true });
  const { url: plain, user } = splitCredentials(url);
  let response: Response;
  try {
    response = await fetch(plain, {
      method: 'POST',
      headers: { 'content-type': contentType, ...(user === undefined ? {} : { authorization: basicAuthorization(user) }), ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)]),
    });
  } catch (cause) {
    throw new ExportError(`${url.origin} cannot be reached: ${reasonOf(cause)}`, { retryable: true, cause });
  }
  if (response.ok) return response;
  const text = (await response.text().catch(() => '')).slice(0, 200);
  throw new ExportError(`${url.origin} answers ${response.status}${text === '' ? '' : `: ${text}`}`, {
    retryable: retryStatuses.includes(response.status) || isAboutAccess(response.status),
    retryAfterMillis: retryAfter(response.headers.get('retry-after')),
  });
}

/** The target is wrong or not ready, not the trace: wrong credentials, or a path that is not there. */
const isAboutAccess = (status: number) => status === 401 || status === 403 || status === 404 || status === 405 || status === 407;

/** `fetch` puts what happened into `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}

function retryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
