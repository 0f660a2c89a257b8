import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createCollector } from './collector.ts';
import { createSession } from './session.ts';

it.each([
  ['', undefined],
  ['me:s%65cret@', 'me:secret'],
  ['me:100%@', 'me:100%'],
])('sends the credentials of a URL with %j', async (credentials, expected) => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    request.resume().on('end', () => response.end('{"errors":false,"items":[]}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector = createCollector(`http://${credentials}127.0.0.1:${(server.address() as AddressInfo).port}`);
  const header = { index: 'i', version: '1.0.0', session: createSession('s', 'pipe') };
  expect(await collector.sendLogs(header, ['{}'], 2000)).toBe(0);
  expect(seen).toEqual([expected && `Basic ${Buffer.from(expected).toString('base64')}`]);
  collector.close();
  server.close();
});
