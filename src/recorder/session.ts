import { hostname } from 'node:os';

/** One run of a recorder: host restarts and probe launches are sessions of their own. */
export type Session = Readonly<{
  /** Unique: time, process and chance; sorts by time. */
  id: string;
  /** Name of the server as its user knows it. */
  server: string;
  transport: 'pipe' | 'tcp';
  host: string;
  pid: number;
  /** Under what a server that reports its calls itself knows this conversation too, so that each call counts once. */
  conversation?: string;
}>;

export function createSession(server: string, transport: Session['transport']): Session {
  const id = `${Date.now().toString(36)}-${process.pid.toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  const own = { id, server, transport, host: hostname(), pid: process.pid };
  // Over HTTP a recorder has many conversations.
  return transport === 'pipe' ? { ...own, conversation: id } : own;
}
