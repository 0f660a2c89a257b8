import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * As much of meshscope's HTTP API as the client commands use, with documents kept as text and with faults on demand.
 * Queries are not evaluated, except `term` on one field: what a query finds is the real server's tests' business.
 */
export type FakeServer = Readonly<{
  url: string;
  documents: { index: string; text: string }[];
  requests: { method: string; path: string; body: string; authorization: string | undefined }[];
  /** The answers to the next requests whose path ends with `suffix`: a status, or `reset` (before acting) or `lose` (after acting). */
  failNext: (suffix: string, ...faults: (number | 'reset' | 'lose')[]) => void;
  /** Overrides the answer of a path. */
  answer: (path: string, status: number, body: unknown) => void;
  stop: () => Promise<void>;
  start: () => Promise<void>;
}>;

type SearchBody = {
  size?: number;
  sort?: { _doc?: string }[];
  search_after?: [number];
  pit?: { id: string };
  track_total_hits?: boolean;
  query?: { term?: Record<string, string> };
};

export async function startFakeServer(): Promise<FakeServer> {
  const documents: FakeServer['documents'] = [];
  const requests: FakeServer['requests'] = [];
  const answers = new Map<string, { status: number; body: string }>();
  let faults: { suffix: string; fault: number | 'reset' | 'lose' }[] = [];
  let port = 0;

  const matching = (index: string, query: SearchBody['query']) => {
    const [field, value] = Object.entries(query?.term ?? {})[0] ?? [];
    return documents
      .map((document, at) => ({ ...document, at }))
      .filter((document) => index === '*' || document.index === index)
      .filter(({ text }) => field === undefined || (JSON.parse(text) as Record<string, unknown>)[field] === value);
  };

  const search = (index: string, bodyText: string): string => {
    const body = JSON.parse(bodyText || '{}') as SearchBody;
    const [snapshot, pitIndex] = body.pit === undefined ? [documents.length, index] : (body.pit.id.split(':') as [string, string]);
    const descending = body.sort?.[0]?._doc !== 'asc';
    const visible = matching(pitIndex, body.query).filter(({ at }) => at < Number(snapshot));
    const ordered = descending ? visible.toReversed() : visible;
    const rest = body.search_after === undefined ? ordered : ordered.filter(({ at }) => at > (body.search_after as [number])[0]);
    const hits = rest
      .slice(0, body.size ?? 10)
      .map(({ at, index: name, text }) => `{"_index":"${name}","_id":"${at}","_source":${text},"sort":[${at}]}`);
    const total = body.track_total_hits ? `"total":{"value":${visible.length},"relation":"eq"},` : '';
    const pit = body.pit === undefined ? '' : `"pit_id":"${body.pit.id}",`;
    return `{"took":1,"timed_out":false,${pit}"hits":{${total}"hits":[${hits.join(',')}]}}`;
  };

  const route = (method: string, path: string, body: string): [number, string] => {
    const given = answers.get(path);
    if (given !== undefined) return [given.status, given.body];
    if (path === '/elasticsearch/') return [200, '{"version":{"number":"8.19.0"}}'];
    const [index = '*', action = ''] = path.replace('/elasticsearch/', '').split('/').slice(-2).map(decodeURIComponent);
    if (path === '/elasticsearch/_search') return [200, search('*', body)];
    if (path === '/elasticsearch/_pit' && method === 'DELETE') return [200, '{"succeeded":true,"num_freed":1}'];
    if (action === '_pit') return [200, `{"id":"${documents.length}:${index}"}`];
    if (action === '_search') return [200, search(index, body)];
    if (action === '_refresh') return [200, '{}'];
    if (action === '_count') return [200, `{"count":${matching(index, (JSON.parse(body) as SearchBody).query).length}}`];
    if (action === '_doc') {
      documents.push({ index, text: body });
      return [201, '{"result":"created"}'];
    }
    if (action === '_bulk') {
      const texts = body.split('\n').filter((_line, at) => at % 2 === 1);
      documents.push(...texts.map((text) => ({ index, text })));
      return [200, JSON.stringify({ errors: false, items: texts.map(() => ({ create: { status: 201 } })) })];
    }
    return [404, JSON.stringify({ error: { type: 'not_found', reason: `no route for ${method} ${path}` }, status: 404 })];
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const path = (request.url ?? '/').split('?')[0] as string;
    requests.push({ method: request.method ?? '', path: request.url ?? '', body, authorization: request.headers.authorization });
    const at = faults.findIndex(({ suffix }) => path.endsWith(suffix));
    const fault = faults[at]?.fault;
    faults = faults.filter((_fault, index) => index !== at);
    if (fault === 'reset') return void request.socket.destroy();
    if (typeof fault === 'number') {
      response.writeHead(fault, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ error: { type: 'fault', reason: `asked to answer ${fault}` }, status: fault }));
    }
    const [status, answer] = route(request.method ?? 'GET', path, body);
    if (fault === 'lose') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answer);
  };

  let server = createServer((request, response) => void handle(request, response));
  const start = async () => {
    server = createServer((request, response) => void handle(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    documents,
    requests,
    failNext: (suffix, ...added) => faults.push(...added.map((fault) => ({ suffix, fault }))),
    answer: (path, status, body) => answers.set(path, { status, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    start,
    stop,
  };
}
