import { listenIfFree } from './listener.ts';
import type { Listener } from './surfaces/http/status.ts';

/** A port of its own for one protocol. */
export type Door = Readonly<{
  name: string;
  protocol: string;
  host: string;
  port: number;
  /** Somebody set the port, so that it must be opened. */
  required: boolean;
  /** Listens; returns the port, which is another one than asked for when that was 0. */
  open: () => Promise<number>;
}>;

/** Opens those that were asked for, and with `conventional` the others where they are free. */
export async function openDoors(doors: readonly Door[], conventional: boolean): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  for (const door of doors.filter(({ required }) => required || conventional))
    listeners.push(await listenIfFree(door.open, door, door.host, door.port, door.required));
  return listeners;
}
