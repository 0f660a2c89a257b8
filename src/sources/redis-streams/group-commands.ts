import type { RedisConnection } from './redis-connection.ts';
import { ProtocolError, type Reply, ReplyError } from './reply-reader.ts';
import { type VisitEntry, visitEntries, visitList } from './visit-entries.ts';

export type StreamPosition = Readonly<{
  length: number | undefined;
  lastEntryId: string | undefined;
  /** Given to consumers of the group and not acknowledged. */
  pending: number | undefined;
  lastDeliveredId: string | undefined;
  /** Entries that the group was not given yet. Undefined when Redis does not know how many: before version 7, or after entries were deleted. */
  lag: number | undefined;
}>;

export type GroupConsumer = Readonly<{ name: string; pending: number; idleMillis: number }>;

/** What a consumer of one stream asks of Redis. Answers that are not as the protocol has them reject with `ProtocolError`. */
export type GroupCommands = ReturnType<typeof createGroupCommands>;

/** Time beyond `BLOCK` in which a blocked read must be answered. */
const graceMillis = 10_000;

export function createGroupCommands(stream: string, group: string, consumer: string) {
  return {
    /** Creates the group, and the stream where there is none. Does nothing when the group is there. */
    async create(connection: RedisConnection, startId: string): Promise<void> {
      await connection.send(['XGROUP', 'CREATE', stream, group, startId, 'MKSTREAM']).catch((error: Error) => {
        if (!(error instanceof ReplyError && error.code === 'BUSYGROUP')) throw error;
      });
    },

    /** Visits entries that nobody was given yet; waits for the first. Resolves with their number. */
    readNew(connection: RedisConnection, count: number, blockMillis: number, visit: VisitEntry): Promise<number> {
      return connection.sendFor(
        ['XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'BLOCK', blockMillis, 'STREAMS', stream, '>'],
        (reply) => visitEntries(reply, visit),
        blockMillis + graceMillis,
      );
    },

    async acknowledge(connection: RedisConnection, ids: readonly string[]): Promise<void> {
      await connection.send(['XACK', stream, group, ...ids]);
    },

    /** Ids that this consumer was given and has not acknowledged, after `after`. */
    async pendingIds(connection: RedisConnection, after: string | undefined, count: number): Promise<readonly string[]> {
      const start = after === undefined ? '-' : `(${after}`;
      return list(await connection.send(['XPENDING', stream, group, start, '+', count, consumer])).map((row) => text(list(row)[0]));
    },

    /** Takes over what other consumers have held for at least `idleMillis`; `next` is where to go on, `0-0` at the end. */
    async claimIdle(
      connection: RedisConnection,
      idleMillis: number,
      start: string,
      count: number,
    ): Promise<Readonly<{ next: string; ids: readonly string[] }>> {
      const reply = list(await connection.send(['XAUTOCLAIM', stream, group, consumer, idleMillis, start, 'COUNT', count, 'JUSTID']));
      return {
        next: text(reply[0]),
        ids: list(reply[1])
          .filter((id) => id !== null)
          .map(text),
      };
    },

    /** Tells the group that these entries are still being worked on, so that nobody takes them over. */
    async keep(connection: RedisConnection, ids: readonly string[]): Promise<void> {
      await connection.send(['XCLAIM', stream, group, consumer, 0, ...ids, 'JUSTID']);
    },

    /** Visits entries by their ids; those that Redis has dropped without fields, those that are too large to be read with `tooLarge`. */
    async read(
      connection: RedisConnection,
      ids: readonly string[],
      visit: (id: string, fields: Parameters<VisitEntry>[1] | typeof tooLarge) => void,
    ): Promise<void> {
      const readOne = async (id: string) => {
        try {
          const found = await connection.sendFor(['XRANGE', stream, id, id], (reply) => visitList(reply, visit), graceMillis);
          if (found === 0) visit(id, undefined);
        } catch (error) {
          if (!isTooLarge(error)) throw error;
          visit(id, tooLarge);
        }
      };
      await Promise.all(ids.map(readOne));
    },

    async consumers(connection: RedisConnection): Promise<readonly GroupConsumer[]> {
      return list(await connection.send(['XINFO', 'CONSUMERS', stream, group])).map((row) => {
        const of = members(row);
        return { name: text(of.get('name')), pending: Number(of.get('pending')), idleMillis: Number(of.get('idle')) };
      });
    },

    async removeConsumer(connection: RedisConnection, name: string): Promise<void> {
      await connection.send(['XGROUP', 'DELCONSUMER', stream, group, name]);
    },

    async position(connection: RedisConnection): Promise<StreamPosition> {
      const [info, groups] = await Promise.all([
        connection.send(['XINFO', 'STREAM', stream]),
        connection.send(['XINFO', 'GROUPS', stream]),
      ]);
      const of = members(info);
      const own = list(groups)
        .map(members)
        .find((row) => row.get('name') === group);
      const lastEntryId = optional(of.get('last-generated-id'));
      const lastDeliveredId = optional(own?.get('last-delivered-id'));
      const hasAll = lastDeliveredId !== undefined && lastDeliveredId === lastEntryId;
      return {
        length: number(of.get('length')),
        lastEntryId,
        pending: number(own?.get('pending')),
        lastDeliveredId,
        lag: number(own?.get('lag')) ?? (hasAll ? 0 : undefined),
      };
    },
  };
}

/** In place of the fields of an entry that is larger than an answer may be. */
export const tooLarge = 'too large';

export const isTooLarge = (error: unknown): boolean => error instanceof ReplyError && error.code === 'TOOLARGE';

function list(reply: Reply | undefined): readonly Reply[] {
  if (!Array.isArray(reply)) throw new ProtocolError('what answers is no Redis: a list was expected');
  return reply;
}

function text(reply: Reply | undefined): string {
  if (typeof reply !== 'string') throw new ProtocolError('what answers is no Redis: a text was expected');
  return reply;
}

const number = (reply: Reply | undefined): number | undefined => (typeof reply === 'number' ? reply : undefined);

const optional = (reply: Reply | undefined): string | undefined => (typeof reply === 'string' ? reply : undefined);

/** A map, which Redis writes as a list of names and values. */
function members(reply: Reply | undefined): ReadonlyMap<string, Reply> {
  const items = list(reply);
  return new Map(items.flatMap((name, at) => (at % 2 === 0 ? [[String(name), items[at + 1] ?? null] as const] : [])));
}
