import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** What is being answered when the server stops may take this long. */
const defaultGraceMillis = 5000;
const checkMillis = 20;
/** Answers of requests that came during the stop (503) are not counted, so they get this many checks to go out. */
const quietChecks = 5;

/**
 * Ends connections when the app closes: each when nothing is being answered any more, and after the grace time all. Without
 * it a connection that became idle during the stop, or whose client sends no more of its body, keeps the process from ending.
 */
export function endConnections(app: FastifyInstance, graceMillis = defaultGraceMillis): void {
  const sockets = new Set<Socket>();
  let answering = 0;
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('onRequest', async () => {
    answering++;
  });
  app.addHook('onResponse', async () => {
    answering--;
  });
  app.addHook('preClose', async () => {
    const deadline = performance.now() + graceMillis;
    let quiet = 0;
    const timer = setInterval(() => {
      quiet = answering > 0 ? 0 : quiet + 1;
      if (quiet < quietChecks && performance.now() < deadline) return;
      for (const socket of sockets) socket.destroy();
      if (sockets.size === 0) clearInterval(timer);
    }, checkMillis);
    timer.unref();
  });
}
