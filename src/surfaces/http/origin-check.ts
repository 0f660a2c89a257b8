import { AppError } from '../../lib/errors.ts';

/** `cross-origin`: a page of another origin that is allowed, whose browser wants CORS headers. */
export type OriginVerdict = 'own' | 'cross-origin' | 'refused';

const isWeb = (url: URL) => url.protocol === 'http:' || url.protocol === 'https:';

/** Browsers send origins in one form already; people who configure them do not. */
function canonicalOrigin(text: string): string {
  return URL.canParse(text) && isWeb(new URL(text)) ? new URL(text).origin : text.toLowerCase().replace(/\/$/, '');
}

function configuredOrigin(text: string): string {
  if (/^[a-z][a-z\d+.-]*:\/\/[^/*\s]+\/?$/i.test(text)) return canonicalOrigin(text);
  throw new AppError('bad_config', `http.allowedOrigins: ${JSON.stringify(text)} is not an origin such as https://example.org.`);
}

/**
 * The scheme is left out of the comparison: behind a proxy that terminates TLS, the page is https and this server is not. `host` has
 * been checked to be a name of this server.
 */
function isOwn(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  const server = `${page.protocol}//${host}`;
  return isWeb(page) && URL.canParse(server) && new URL(server).host === page.host;
}

/**
 * Decides by `Origin` which pages may use the server. Requests without it come from programs, or are navigations and images, whose
 * answers no foreign page can read. Origin `null` (sandboxed frames, files) can be anyone and is refused.
 */
export function createOriginCheck(allowedOrigins: readonly string[]): (origin: string | undefined, host: string) => OriginVerdict {
  const allowed = new Set(allowedOrigins.map(configuredOrigin));
  return (origin, host) => {
    if (origin === undefined || isOwn(origin, host)) return 'own';
    return allowed.has(canonicalOrigin(origin)) ? 'cross-origin' : 'refused';
  };
}
