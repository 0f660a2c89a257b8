import { join } from 'node:path';
import { AuditLog } from './audit/audit-log.ts';
import { LogCopier } from './audit/log-copier.ts';
import { forgetPosition } from './audit/log-position.ts';
import type { Config } from './config/schema.ts';
import { auditedLogs } from './queries/audited-logs/audited-logs.ts';
import type { WritePath } from './write-path.ts';

export type Audit = Readonly<{
  log: AuditLog;
  /** Log documents have been loaded. */
  onLoaded: () => void;
  close: () => Promise<void>;
}>;

/** The audit log, and what copies log documents into it. */
export async function startAudit(config: Config, path: WritePath, onTrouble: (line: string) => void): Promise<Audit> {
  const folder = join(config.data, 'audit');
  const log = await AuditLog.open({ ...config.audit, folder, onTrouble });
  try {
    const copier = config.audit.fromLogs ? await startCopier(folder, log, path, onTrouble) : undefined;
    // When it is turned on again, it begins with new documents.
    if (copier === undefined) await forgetPosition(folder);
    return {
      log,
      onLoaded: () => copier?.wake(),
      async close() {
        await copier?.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

const startCopier = (folder: string, log: AuditLog, path: WritePath, onTrouble: (line: string) => void) =>
  LogCopier.start({
    folder,
    findAudited: (after, untilSegment, max) => auditedLogs(path.engine, after, untilSegment, max),
    loadedUntil: path.loadedUntilSegment,
    append: (entries) => log.appendCopied(entries),
    headSeq: () => log.head.seq,
    onTrouble,
  });
