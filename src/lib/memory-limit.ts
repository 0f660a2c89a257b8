import { totalmem } from 'node:os';

/** Bytes of memory this process may use: the machine's, or less where a cgroup (container) limits it. */
export function memoryLimitBytes(): number {
  // 0 means "unknown"; without a limit the kernel reports a number far above the machine's memory.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
