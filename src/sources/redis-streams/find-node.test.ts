import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createConnectTo } from './find-node.ts';
import { keySlot } from './key-slot.ts';
import { parseRedisUrl } from './redis-url.ts';
import { freePort, plain, RedisServer } from './testing/redis-server.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function redis(args: readonly string[] = [], options = plain): Promise<RedisServer> {
  const server = await RedisServer.start(args, options);
  stops.push(() => server.remove());
  return server;
}

const connect = async (url: string, key: string) => {
  const connection = await createConnectTo(parseRedisUrl(url), {}, 'test')(key);
  stops.push(async () => connection.close());
  return connection;
};

describe('createConnectTo', () => {
  it('asks Sentinels for the master, and refuses a replica', async () => {
    const master = await redis();
    const replica = await redis(['--replicaof', '127.0.0.1', String(master.port)]);
    const sentinel = await RedisServer.sentinel(master.port);
    stops.push(() => sentinel.remove());
    const nobody = await freePort();
    const url = `redis-sentinel://127.0.0.1:${nobody},127.0.0.1:${sentinel.port}/mymaster`;
    const found = await connect(url, 'k');
    expect(await found.send(['CONFIG', 'GET', 'port'])).toEqual(['port', String(master.port)]);

    const stale = await RedisServer.sentinel(replica.port);
    stops.push(() => stale.remove());
    await expect(connect(`redis-sentinel://127.0.0.1:${stale.port}/mymaster`, 'k')).rejects.toThrow(/no master|ECONN/);
    await expect(connect(`redis-sentinel://127.0.0.1:${sentinel.port}/other`, 'k')).rejects.toThrow(/does not know other/);
  });

  it('finds the node of a key in a cluster', async () => {
    const buses = [await freePort(), await freePort()] as const;
    const node = (bus: number) => redis(['--cluster-enabled', 'yes', '--cluster-port', String(bus)]);
    const [one, two] = [await node(buses[0]), await node(buses[1])];
    const key = 'mesh:trace';
    const slot = keySlot(key);
    expect(await one.send('CLUSTER', 'KEYSLOT', key)).toBe(slot);
    expect(await one.send('CLUSTER', 'KEYSLOT', 'a{}b{x}')).toBe(keySlot('a{}b{x}'));
    await two.send('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await one.send('CLUSTER', 'MEET', '127.0.0.1', two.port, buses[1]);
    for (let attempt = 0; attempt < 100 && JSON.stringify(await one.send('CLUSTER', 'SLOTS')) === '[]'; attempt++) await sleep(100);
    const nobody = await freePort();
    const found = await connect(`redis-cluster://127.0.0.1:${nobody},127.0.0.1:${one.port}`, key);
    expect(await found.send(['CONFIG', 'GET', 'port'])).toEqual(['port', String(two.port)]);
    const add = () => found.send(['XADD', key, '1-1', 'a', 'b']).catch(() => undefined);
    for (let attempt = 0; attempt < 100 && (await add()) === undefined; attempt++) await sleep(100);
    expect(await two.send('XLEN', key)).toBe(1);
  });

  it('says of each that was asked why it did not help', async () => {
    const server = await redis();
    const nobody = await freePort();
    const urls = `127.0.0.1:${nobody},127.0.0.1:${server.port}`;
    await expect(connect(`redis-cluster://${urls}`, 'k')).rejects.toThrow(
      /ECONNREFUSED.*; 127.0.0.1:\d+: ERR This instance has cluster support disabled/,
    );
    await expect(connect(`redis-sentinel://${urls}/m`, 'k')).rejects.toThrow(/ECONNREFUSED.*; 127.0.0.1:\d+: ERR unknown command/);
  });
});
