import { keySlot } from './key-slot.ts';
import { type ConnectionOptions, connectRedis, type RedisConnection, type RedisNode } from './redis-connection.ts';
import type { RedisTarget } from './redis-url.ts';
import type { Reply } from './reply-reader.ts';

export type Certificates = ConnectionOptions['certificates'];

/**
 * Connections to the Redis that holds a key. Where that is, Sentinels or a node of the cluster are asked before each connection, because
 * a connection is only made anew when something has changed.
 */
export type ConnectTo = (key: string) => Promise<RedisConnection>;

export function createConnectTo(target: RedisTarget, certificates: Certificates, name: string): ConnectTo {
  const { tls, username, password, database } = target;
  const options: ConnectionOptions = { tls, certificates, username, password, database, name };
  if (target.kind === 'single') return () => connectRedis(target.nodes[0] as RedisNode, options);
  if (target.kind === 'sentinel') {
    const sentinel = { ...options, username: target.sentinelUsername, password: target.sentinelPassword, database: 0 };
    return async () => {
      const node = await askOne(target.nodes, sentinel, (connection) => masterNode(connection, target.master));
      return asMaster(await connectRedis(node, options));
    };
  }
  return async (key) => connectRedis(await askOne(target.nodes, options, (connection, asked) => slotNode(connection, asked, key)), options);
}

/** Asks one after the other, until one knows. */
async function askOne(
  nodes: readonly RedisNode[],
  options: ConnectionOptions,
  ask: (connection: RedisConnection, node: RedisNode) => Promise<RedisNode>,
): Promise<RedisNode> {
  const failures: string[] = [];
  for (const node of nodes) {
    try {
      const connection = await connectRedis(node, options);
      try {
        return await ask(connection, node);
      } finally {
        connection.close();
      }
    } catch (error) {
      failures.push(`${node.host}:${node.port}: ${(error as Error).message}`);
    }
  }
  throw new Error(failures.join('; '));
}

async function masterNode(connection: RedisConnection, master: string): Promise<RedisNode> {
  const answer = await connection.send(['SENTINEL', 'get-master-addr-by-name', master]);
  if (!Array.isArray(answer)) throw new Error(`does not know ${master}`);
  return { host: String(answer[0]), port: Number(answer[1]) };
}

/** Sentinels name the old master for a moment after it came back as a replica. */
async function asMaster(connection: RedisConnection): Promise<RedisConnection> {
  try {
    const role = await connection.send(['ROLE']);
    if (Array.isArray(role) && role[0] === 'master') return connection;
    throw new Error('the server that Sentinel names is no master');
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function slotNode(connection: RedisConnection, asked: RedisNode, key: string): Promise<RedisNode> {
  const slot = keySlot(key);
  const ranges = await connection.send(['CLUSTER', 'SLOTS']);
  for (const range of Array.isArray(ranges) ? (ranges as readonly Reply[]) : []) {
    if (!Array.isArray(range)) continue;
    const [from, to, master] = range as readonly Reply[];
    if (Number(from) > slot || Number(to) < slot || !Array.isArray(master)) continue;
    // A node that does not know its own address gives none, and means the one at which it was asked.
    const host = typeof master[0] === 'string' && master[0] !== '' && master[0] !== '?' ? master[0] : asked.host;
    return { host, port: Number(master[1]) };
  }
  throw new Error(`no node has slot ${slot}`);
}
