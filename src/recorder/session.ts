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
}>;

export function createSession(server: string, transport: Session['transport']): Session {
  return {
    id: `${Date.now().toString(36)}-${process.pid.toString(36)}-${Math.random().toString(36).slice(2, 10)}`,
    server,
    transport,
    host: hostname(),
    pid: process.pid,
  };
}
