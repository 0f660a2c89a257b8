import { writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/**
 * How many marks a target has behind it. Two slots of 32 bytes are written in turn, so a torn write leaves the other. `advance` hands
 * the number to the operating system before it returns: it outlives a kill of this process, which can then repeat no more than what was
 * in hand. It never throws, because what was exported stays exported; `sync`, which lets the number outlive a power cut, rejects when the
 * number could not be written.
 */
export type TargetPosition = Readonly<{
  done: () => number;
  advance: (done: number) => void;
  sync: () => Promise<void>;
  close: () => Promise<void>;
}>;

const slotBytes = 32;

function encodeSlot(done: number): Buffer {
  const digits = String(done).padStart(16, '0');
  return Buffer.from(`${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`.padEnd(slotBytes, ' '));
}

function decodeSlot(text: string): number | undefined {
  const match = /^(\d{16}) ([0-9a-f]{8})\n/.exec(text);
  return match !== null && crc32(match[1] as string) === Number.parseInt(match[2] as string, 16) ? Number(match[1]) : undefined;
}

async function readSlots(file: string): Promise<readonly (number | undefined)[]> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2 * slotBytes), 0, 2 * slotBytes, 0);
      const text = buffer.subarray(0, bytesRead).toString('latin1');
      return [decodeSlot(text.slice(0, slotBytes)), decodeSlot(text.slice(slotBytes))];
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** `initial`: where a target begins that has no position yet. */
export async function openTargetPosition(file: string, initial: number): Promise<TargetPosition> {
  const slots = await readSlots(file);
  const known = slots.filter((slot) => slot !== undefined);
  let done = known.length === 0 ? initial : Math.max(...known);
  let slot = slots[0] === done ? 1 : 0;
  const handle: FileHandle = await open(file, known.length === 0 ? 'w+' : 'r+', 0o600);
  let failure: unknown;
  const advance = (next: number): void => {
    done = next;
    failure = undefined;
    try {
      writeSync(handle.fd, encodeSlot(next), 0, slotBytes, slot * slotBytes);
      slot = 1 - slot;
    } catch (error) {
      failure = error;
    }
  };
  const sync = async (): Promise<void> => {
    if (failure !== undefined) advance(done);
    if (failure !== undefined) throw failure;
    await handle.datasync();
  };
  if (known.length === 0) advance(initial);
  return { done: () => done, advance, sync, close: () => handle.close() };
}
