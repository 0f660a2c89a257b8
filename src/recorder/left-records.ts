import { type BatchHeader, createCollector } from './collector.ts';
import { defaultCollectorUrl, defaultIndex } from './defaults.ts';
import { type LossReports, startDelivery } from './delivery.ts';
import { momentNow } from './recorder.ts';
import { recordOfEvent } from './records.ts';
import { createSession } from './session.ts';
import { Spool } from './spool.ts';

export type LeftRecordsOptions = Readonly<{
  /** The spool. */
  folder: string;
  /** This server, with user and password where it wants them. */
  url: URL;
  version: string;
  /** Between two looks. */
  everyMillis: number;
}>;

const maxBytes = 1024 ** 2;

/** More than a folder may hold of ended recorders: it is their business what is too much. */
const maxFolderBytes = Number.MAX_SAFE_INTEGER;

const closeMillis = 1000;

/**
 * Delivers what recorders of this machine had to leave behind when they ended and that is meant for this server, as the next
 * recorder would do. Files are taken over by renaming, so each goes one way. Returns how to stop; what is not delivered then stays.
 */
export function deliverLeftRecords({ folder, url, version, everyMillis }: LeftRecordsOptions): () => Promise<void> {
  const session = createSession('meshscope', 'tcp');
  const header: BatchHeader = { index: defaultIndex, version, session, to: url.origin };
  const spool = new Spool({ folder, session, header: JSON.stringify(header), maxBytes, maxFolderBytes });
  const warning = (message: string, details: Readonly<Record<string, unknown>>) =>
    recordOfEvent('WARNING', message, momentNow(), session, details);
  const reports: LossReports = {
    lost: (records) => warning(`${records} records of a spool were lost: they were refused`, { lost_records: records }),
    skipped: (stream, bytes) => warning(`${bytes} bytes of the ${stream} were not read`, { skipped_bytes: bytes }),
  };
  const delivery = startDelivery(spool, createCollector(url.href), reports, {
    wants: ({ to = defaultCollectorUrl }) => isMeantFor(url, to),
    everyMillis,
  });
  return async () => {
    await delivery.close(closeMillis);
  };
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Recorders of this machine reach this server by its address or as the machine itself. */
function isMeantFor(server: URL, target: string): boolean {
  if (!URL.canParse(target)) return false;
  const { protocol, hostname, port } = new URL(target);
  return protocol === server.protocol && port === server.port && (hostname === server.hostname || loopback.test(hostname));
}
