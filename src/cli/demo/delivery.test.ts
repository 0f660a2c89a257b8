import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createServerClient, type ServerClient } from '../server-client.ts';
import { Delivery } from './delivery.ts';
import type { SentLog, SentSpan } from './records.ts';

type Asked = Readonly<{ path: string; text: string }>;

let server: Server;
let client: ServerClient;
let asked: Asked[];
let answer: (path: string, documents: number) => readonly [status: number, body: unknown];

const created = (documents: number) => ({ errors: false, items: Array.from({ length: documents }, () => ({ create: { status: 201 } })) });

beforeEach(async () => {
  asked = [];
  answer = (path, documents) => [200, path.endsWith('_bulk') ? created(documents) : {}];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const path = request.url ?? '';
    const [status, body] = answer(path, text.split('\n').length >> 1);
    if (status === 200) asked.push({ path, text });
    response.writeHead(status).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createServerClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, {});
});
afterEach(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

const log = (number: number, index = 'a'): SentLog => ({ index, document: { number } });
const span = (name: string, service: string): SentSpan => ({ resource: { 'service.name': service }, span: { name } });
const numbers = () => asked.flatMap(({ text }) => [...text.matchAll(/"number":(\d+)/g)].map((match) => Number(match[1])));

it('sends logs by index and spans by resource', async () => {
  const delivery = new Delivery(client);
  for (const one of [log(1), log(2, 'b'), log(3)]) delivery.sink.log(one);
  for (const one of [span('x', 's'), span('y', 't'), span('z', 's')]) delivery.sink.span(one);
  await delivery.stop();
  expect(asked.map(({ path }) => path)).toEqual(['/elasticsearch/a/_bulk', '/elasticsearch/b/_bulk', '/v1/traces']);
  expect(numbers()).toEqual([1, 3, 2]);
  const { resourceSpans } = JSON.parse(asked[2]?.text ?? '') as { resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[] };
  expect(resourceSpans.map(({ scopeSpans }) => scopeSpans[0]?.spans.map(({ name }) => name))).toEqual([['x', 'z'], ['y']]);
  expect([delivery.lost, delivery.waiting, delivery.problem]).toEqual([0, 0, undefined]);
});

it('keeps what was not taken, says why, and sends it once', async () => {
  const delivery = new Delivery(client);
  answer = () => [503, { error: 'later' }];
  for (let number = 0; number < 5000; number++) delivery.sink.log(log(number));
  await delivery.flush();
  expect([delivery.waiting, delivery.problem]).toEqual([5000, expect.stringContaining('later')]);
  answer = (_, documents) => [200, created(documents)];
  delivery.sink.log(log(5000));
  await Promise.all([delivery.flush(), delivery.flush()]);
  expect(numbers()).toEqual(Array.from({ length: 5001 }, (_, at) => at));
  expect([delivery.lost, delivery.problem]).toEqual([0, undefined]);
});

it('counts what was refused and what had no room', async () => {
  const delivery = new Delivery(client);
  answer = () => [200, { errors: true, items: [{ create: { status: 400, error: 'no' } }, { create: { status: 201 } }] }];
  for (const one of [log(1), log(2)]) delivery.sink.log(one);
  await delivery.flush();
  expect(delivery.lost).toBe(1);
  answer = () => [429, {}];
  for (let number = 0; number < 30_000; number++) delivery.sink.log(log(number));
  await delivery.stop();
  expect(delivery.lost).toBe(30_001);
});
