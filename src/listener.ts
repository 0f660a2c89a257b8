import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from './lib/errors.ts';
import type { Listener } from './surfaces/http/status.ts';

const isTaken = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
const isForbidden = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EACCES';

export const addressText = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

/** An address in use by a process that listens on all interfaces lets a loopback listener in on some systems; this one is taken too. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host === '0.0.0.0' ? '127.0.0.1' : host, port, timeout: 500 });
    const finish = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}

export function listenError(error: unknown, what: string, host: string, port: number): AppError {
  const address = addressText(host, port);
  if (isTaken(error))
    return new AppError('port_taken', `${what} cannot listen on ${address}: another program does; stop it, or choose another port`, {
      cause: error,
    });
  if (isForbidden(error))
    return new AppError('port_taken', `${what} may not listen on ${address}: ports below 1024 need more rights; choose another port`, {
      cause: error,
    });
  return new AppError('bad_config', `${what} cannot listen on ${address}: ${(error as Error).message}`, { cause: error });
}

/** Starts to listen; returns the port, which is another one than asked for when that was 0. */
export async function listen(app: FastifyInstance, what: string, host: string, port: number): Promise<number> {
  try {
    if (port !== 0 && (await answers(host, port))) throw Object.assign(new Error('in use'), { code: 'EADDRINUSE' });
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, what, host, port);
  }
  const bound = app.server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

/** A port that nobody asked for is opened when it is free; when it is not, the table says so. */
export async function listenIfFree(
  open: () => Promise<number>,
  { name, protocol }: Pick<Listener, 'name' | 'protocol'>,
  host: string,
  port: number,
  required: boolean,
): Promise<Listener> {
  try {
    return { name, protocol, address: addressText(host, await open()) };
  } catch (error) {
    if (required || !(error instanceof AppError) || error.code !== 'port_taken') throw error;
    return { name, protocol, address: addressText(host, port), problem: 'not opened: the port is taken' };
  }
}
