import { readdirSync, statfsSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import type { NodeStatistics } from './surfaces/elasticsearch/administration/administration-ports.ts';

/** The process and its machine; `folder` is on the disk that matters. */
export function nodeStatistics(folder: string, startedMillis: number): NodeStatistics {
  const disk = statfsSync(folder);
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const seconds = process.uptime();
  return {
    startedMillis,
    disk: {
      path: folder,
      totalBytes: disk.blocks * disk.bsize,
      freeBytes: disk.bfree * disk.bsize,
      availableBytes: disk.bavail * disk.bsize,
    },
    memory: { totalBytes: totalmem(), freeBytes: freemem(), residentBytes: rss, heapUsedBytes: heapUsed, heapTotalBytes: heapTotal },
    cpu: {
      processPercent: Math.round((user + system) / 1e4 / seconds / cpus().length),
      systemPercent: Math.min(100, Math.round(((loadavg()[0] as number) / cpus().length) * 100)),
      loadAverages: loadavg(),
      processors: cpus().length,
    },
    openFiles: openFiles(),
  };
}

function openFiles(): number {
  try {
    return readdirSync('/dev/fd').length;
  } catch {
    // Only Linux and macOS list them; the number is for display.
    return -1;
  }
}
