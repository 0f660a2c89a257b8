import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = { path: string; type: string; body: Buffer; headers: IncomingMessage['headers'] };

/** A target that notes what it takes; `answer` says with which status. */
export async function startReceiver(
  answer: (request: Received, number: number) => number | [number, Record<string, string>, (string | Buffer)?],
) {
  const received: Received[] = [];
  let number = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        path: request.url ?? '',
        type: request.headers['content-type'] ?? '',
        body: Buffer.concat(chunks),
        headers: request.headers,
      };
      const given = answer(one, number++);
      const [status, headers, text = '{}'] = typeof given === 'number' ? [given, {}] : given;
      if (status < 300) received.push(one);
      response.writeHead(status, headers).end(text);
    });
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { received, port, url: `http://127.0.0.1:${port}`, listen: () => listen(port), close };
}
