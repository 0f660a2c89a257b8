import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decodeReply, type Reply, ReplyError, ReplyReader, type WholeReply } from './reply-reader.ts';

export type RedisNode = Readonly<{ host: string; port: number }>;

export type ConnectionOptions = Readonly<{
  tls: boolean;
  /** PEM texts. */
  certificates: Readonly<{ ca?: string; cert?: string; key?: string }>;
  username: string;
  password: string;
  database: number;
  /** Shown by `CLIENT LIST`. */
  name: string;
}>;

/** One connection to one Redis. When it fails, every command that waits is rejected, and it is of no more use. */
export interface RedisConnection {
  /** Sends a command; commands may be sent before earlier ones are answered. Rejects with `ReplyError` when Redis says no. */
  send(args: readonly (string | number)[]): Promise<Exclude<Reply, ReplyError>>;
  /** The same for an answer that `decode` reads, whose it is only during the call. */
  sendFor<T>(args: readonly (string | number)[], decode: (reply: WholeReply) => T, timeoutMillis: number): Promise<T>;
  /** Resolves with the reason when the connection has ended. */
  readonly ended: Promise<Error>;
  close(): void;
}

const connectMillis = 10_000;
const handshakeMillis = 5000;
const commandMillis = 15_000;
const checkMillis = 500;

/** What one answer may have. Larger ones are answered with the error `TOOLARGE`. */
export const maxReplyBytes = 64 * 1024 ** 2;

type Waiting = Readonly<{ answer: (reply: WholeReply) => void; reject: (error: Error) => void; millis: number }>;

const errorByte = 0x2d;

/** Rejects when nobody listens, when what answers is no Redis, or when the password is wrong; always within some seconds. */
export async function connectRedis(node: RedisNode, options: ConnectionOptions): Promise<RedisConnection> {
  const connection = open(await openSocket(node, options));
  try {
    const { username, password, database, name } = options;
    const say = (...args: readonly (string | number)[]) => connection.sendFor(args, decodeReply, handshakeMillis);
    if (password !== '') await say('AUTH', ...(username === '' ? [] : [username]), password);
    if (database !== 0) await say('SELECT', database);
    await say('PING');
    await say('CLIENT', 'SETNAME', name).catch((error: Error) => {
      // Not every Redis-like server knows it, and nothing depends on it.
      if (!(error instanceof ReplyError)) throw error;
    });
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function openSocket({ host, port }: RedisNode, { tls, certificates }: ConnectionOptions): Promise<Socket> {
  const socket = tls
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...certificates })
    : connectTcp({ host, port });
  const timer = setTimeout(() => socket.destroy(new Error(`${host}:${port} does not answer`)), connectMillis);
  try {
    await once(socket, tls ? 'secureConnect' : 'connect');
  } catch (error) {
    socket.destroy();
    throw withoutEmptyMessage(error);
  } finally {
    clearTimeout(timer);
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  return socket;
}

/** When a name has several addresses, the error of Node has its messages inside. */
function withoutEmptyMessage(error: unknown): Error {
  if (error instanceof AggregateError) return new Error(error.errors.map((inner: Error) => inner.message).join('; '));
  return error instanceof Error ? error : new Error(String(error));
}

function open(socket: Socket): RedisConnection {
  const reader = new ReplyReader(maxReplyBytes);
  const waiting: Waiting[] = [];
  let first = 0;
  let firstSince = Date.now();
  let failure: Error | undefined;
  let end: (reason: Error) => void = () => undefined;
  const ended = new Promise<Error>((resolve) => {
    end = resolve;
  });

  const fail = (error: Error) => {
    if (failure !== undefined) return;
    failure = error;
    clearInterval(timer);
    socket.destroy();
    for (const { reject } of waiting.splice(first)) reject(error);
    end(error);
  };
  // A peer that is gone without a word is noticed by its silence; one timer is cheaper than one for each command.
  const timer = setInterval(() => {
    const command = waiting[first];
    if (command !== undefined && Date.now() - firstSince > command.millis) fail(new Error('Redis does not answer'));
  }, checkMillis);
  timer.unref();

  const answer = (reply: WholeReply) => {
    const command = waiting[first];
    if (command === undefined) throw new Error('what answers is no Redis: it speaks unasked');
    first++;
    if (first === waiting.length) {
      waiting.length = 0;
      first = 0;
    }
    firstSince = Date.now();
    if (reply.bytes[0] === errorByte) command.reject(decodeReply(reply) as ReplyError);
    else command.answer(reply);
  };

  socket.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk);
      for (let reply = reader.next(); reply !== undefined && failure === undefined; reply = reader.next()) answer(reply);
    } catch (error) {
      fail(error as Error);
    }
  });
  socket.on('error', (error) => fail(withoutEmptyMessage(error)));
  socket.on('close', () => fail(new Error('Redis closed the connection')));

  let unwritten = '';
  /** Commands of one turn go out together: to hand bytes to the system costs more than to make them. */
  const write = (command: string) => {
    if (unwritten === '') {
      process.nextTick(() => {
        socket.write(unwritten);
        unwritten = '';
      });
    }
    unwritten += command;
  };

  const sendFor = <T>(args: readonly (string | number)[], decode: (reply: WholeReply) => T, millis: number) =>
    new Promise<T>((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      if (waiting.length === first) firstSince = Date.now();
      const take = (reply: WholeReply) => {
        try {
          resolve(decode(reply));
        } catch (error) {
          reject(error);
          throw error;
        }
      };
      waiting.push({ answer: take, reject, millis });
      write(encode(args));
    });

  return {
    send: (args) => sendFor(args, (reply) => decodeReply(reply) as Exclude<Reply, ReplyError>, commandMillis),
    sendFor,
    ended,
    close: () => fail(new Error('the connection was closed')),
  };
}

/** Joined at once: a text that grows by thousands of pieces is a tree of them until it is sent. */
function encode(args: readonly (string | number)[]): string {
  const parts = [`*${args.length}\r\n`];
  for (const arg of args) parts.push(`$${Buffer.byteLength(String(arg))}\r\n`, String(arg), '\r\n');
  return parts.join('');
}
