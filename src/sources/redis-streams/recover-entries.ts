import { pause } from '../../lib/pause.ts';
import type { Deliveries } from './deliveries.ts';
import { type GroupCommands, tooLarge } from './group-commands.ts';
import { maxReplyBytes, type RedisConnection } from './redis-connection.ts';
import { unlessAborted } from './unless-aborted.ts';

/** Which of these origins (`<stream> <entry id>`) are stored already, as spans or as dead letters. */
export type StoredOrigins = (origins: readonly string[]) => Promise<ReadonlySet<string>>;

const chunkSize = 500;
/** Few, because they may be large. */
const readSize = 20;
const firstRetryMillis = 500;
const lastRetryMillis = 30_000;

/**
 * Works off entries that a consumer was given before: by this one, whose process or connection ended since, or by another. Whether they were
 * stored is not known, so the store is asked; those that were are only acknowledged. Rejects when the connection fails; resolves early when
 * `signal` is aborted.
 */
export async function recoverEntries(
  ids: readonly string[],
  tools: Readonly<{
    stream: string;
    commands: GroupCommands;
    connection: RedisConnection;
    deliveries: Deliveries;
    storedOrigins: StoredOrigins;
    onTrouble: (error: Error) => void;
    signal: AbortSignal;
  }>,
): Promise<Readonly<{ recovered: number; alreadyStored: number }>> {
  const { stream, commands, connection, deliveries, signal } = tools;
  let recovered = 0;
  let alreadyStored = 0;
  const unknown = deliveries.unknown(ids);
  for (let at = 0; at < unknown.length && !signal.aborted; at += chunkSize) {
    const chunk = deliveries.unknown(unknown.slice(at, at + chunkSize));
    if (chunk.length === 0) continue;
    let open: readonly string[] = chunk;
    deliveries.hold(chunk);
    try {
      const stored = await askStore(
        chunk.map((id) => `${stream} ${id}`),
        tools,
      );
      if (stored === undefined) break;
      const done = chunk.filter((id) => stored.has(`${stream} ${id}`));
      open = chunk.filter((id) => !stored.has(`${stream} ${id}`));
      deliveries.settle(done);
      alreadyStored += done.length;
      while (open.length > 0) {
        while (!signal.aborted && !deliveries.hasRoom) await deliveries.change(1000);
        if (signal.aborted) break;
        const waiting = new Set(open.slice(0, readSize));
        try {
          await commands.read(connection, [...waiting], (id, fields) => {
            waiting.delete(id);
            recovered++;
            if (fields === tooLarge) deliveries.addPoison(id, `the entry is larger than ${maxReplyBytes} bytes; it is still in the stream`);
            else deliveries.add(id, fields);
          });
        } finally {
          open = [...waiting, ...open.slice(readSize)];
        }
      }
    } finally {
      deliveries.release(open);
    }
  }
  return { recovered, alreadyStored };
}

/** Asks until the store answers: without its answer an entry could be stored twice. Undefined when `signal` is aborted. */
async function askStore(
  origins: readonly string[],
  { storedOrigins, onTrouble, signal }: Parameters<typeof recoverEntries>[1],
): Promise<ReadonlySet<string> | undefined> {
  for (let wait = firstRetryMillis; !signal.aborted; wait = Math.min(wait * 2, lastRetryMillis)) {
    try {
      return await unlessAborted(storedOrigins(origins), signal);
    } catch (error) {
      onTrouble(error as Error);
      await pause(wait, signal);
    }
  }
  return undefined;
}
