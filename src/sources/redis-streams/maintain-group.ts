import { pause } from '../../lib/pause.ts';
import type { Deliveries } from './deliveries.ts';
import type { GroupCommands } from './group-commands.ts';
import type { RedisConnection } from './redis-connection.ts';
import { ReplyError } from './reply-reader.ts';

const deadConsumerMillis = 3_600_000;
const consumersMillis = 60_000;
const pageSize = 1000;

export type MaintenanceTools = Readonly<{
  commands: GroupCommands;
  connection: RedisConnection;
  deliveries: Deliveries;
  consumer: string;
  reclaimMillis: number;
  recover: (ids: readonly string[]) => Promise<void>;
  onTrouble: (error: Error) => void;
  signal: AbortSignal;
}>;

/**
 * Keeps the group in order until `signal` is aborted: takes over what consumers that are gone have left, tells that what is held here is not
 * left, and removes consumers that are gone and have nothing. Rejects when the connection fails.
 */
export async function maintainGroup(tools: MaintenanceTools): Promise<void> {
  const { reclaimMillis, deliveries, onTrouble, signal } = tools;
  const pauseMillis = Math.min(Math.max(reclaimMillis / 4, 100), 30_000);
  let heldBefore: readonly string[] = [];
  let consumersAt = 0;
  while (!signal.aborted) {
    try {
      const held = deliveries.heldIds();
      await keepHeld(
        tools,
        heldBefore.filter((id) => held.has(id)),
      );
      heldBefore = [...deliveries.heldIds()];
      await reclaim(tools);
      if (Date.now() - consumersAt > consumersMillis) {
        consumersAt = Date.now();
        await removeDeadConsumers(tools);
      }
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      // Without the key there is nothing to maintain; the reader creates it again.
      if (error.code !== 'NOGROUP' && !error.message.includes('no such key')) onTrouble(error);
    }
    await pause(pauseMillis, signal);
  }
}

async function keepHeld({ commands, connection }: MaintenanceTools, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += pageSize) await commands.keep(connection, ids.slice(at, at + pageSize));
}

async function reclaim({ commands, connection, deliveries, reclaimMillis, recover, signal }: MaintenanceTools): Promise<void> {
  for (let start = '0-0'; deliveries.hasRoom && !signal.aborted; ) {
    const { next, ids } = await commands.claimIdle(connection, reclaimMillis, start, pageSize);
    await recover(ids);
    if (next === '0-0') return;
    start = next;
  }
}

async function removeDeadConsumers({ commands, connection, consumer }: MaintenanceTools): Promise<void> {
  for (const { name, pending, idleMillis } of await commands.consumers(connection)) {
    if (name !== consumer && pending === 0 && idleMillis > deadConsumerMillis) await commands.removeConsumer(connection, name);
  }
}
