import { membersOf } from './mcp-message.ts';

/**
 * How a transport carries messages, in OpenTelemetry's words. By its class, because the absence of a session id says nothing; the
 * members that are looked at belong to the SDK, so all of it may be unknown.
 */
export function describeTransport(
  transport: object,
): Readonly<{ transport: string | undefined; address: string | undefined; port: number | undefined }> {
  const url = membersOf(transport)._url;
  const name = transport.constructor?.name ?? '';
  const isHttp = url instanceof URL || /HTTP|SSE/i.test(name);
  const port = url instanceof URL ? Number(url.port || (url.protocol === 'https:' ? 443 : 80)) : undefined;
  return {
    transport: isHttp ? 'tcp' : /Stdio/.test(name) ? 'pipe' : undefined,
    address: url instanceof URL ? url.hostname : undefined,
    port,
  };
}
