import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';

type Replayed = Readonly<{ tookMillis: number }> &
  Readonly<{ result: unknown } | { error: Readonly<{ code: number; message: string; data: unknown }> }>;

/** Sends one request to an MCP server and waits for its answer. Rejects with AppError when none comes. */
export type ReplayPort = (
  call: Readonly<{ url: string; method: string; params: Readonly<Record<string, unknown>> }>,
  signal: AbortSignal,
) => Promise<Replayed>;

/** Resolves when it is on record that the call is sent; only then it is. */
export type ReplayAudit = (record: Readonly<{ url: string; method: string; name: string }>) => Promise<unknown>;

const answer = z.strictObject({
  took_ms: z.number(),
  result: z.unknown().optional(),
  error: z.strictObject({ code: z.number(), message: z.string(), data: z.unknown() }).optional().describe('Of JSON-RPC.'),
});

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AppError('bad_request', 'member url: must be the address of an MCP server on HTTP, such as http://127.0.0.1:3000/mcp.');
  }
  if (url.username !== '' || url.password !== '') throw new AppError('bad_request', 'member url: must have no user name and no password.');
  return url.href;
}

/** For the record: whatever a caller sends goes to the server as it is. */
function nameOf({ name, uri }: Readonly<Record<string, unknown>>): string {
  const given = name ?? uri;
  return typeof given === 'string' ? given.slice(0, 1000) : '';
}

/** Sends a recorded call again, to a server that someone names. `refusal`: why this server does not do that. */
export const replayRoutes = (replay: ReplayPort, audit: ReplayAudit, refusal: string | undefined): readonly ApiRoute[] => [
  apiRoute('POST', '/api/replay', {
    id: 'replayCall',
    summary: 'Send one MCP request to a server over HTTP, and answer what it answers. The request is put on the audit log first.',
    body: z.strictObject({
      url: z.string().max(2000),
      method: z.enum(['tools/call', 'prompts/get', 'resources/read']),
      params: z.record(z.string(), z.unknown()),
    }),
    answers: {
      200: { description: 'The answer of that server, be it an error of JSON-RPC.', schema: answer },
      403: { description: 'Replays are switched off.' },
    },
    handle: async ({ body: { url: given, method, params }, signal }) => {
      if (refusal !== undefined) throw new AppError('forbidden', refusal);
      const url = readUrl(given);
      await audit({ url, method, name: nameOf(params) });
      const { tookMillis, ...rest } = await replay({ url, method, params }, signal);
      return { json: { took_ms: Math.round(tookMillis * 1000) / 1000, ...rest } };
    },
  }),
];
