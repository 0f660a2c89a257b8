import { spawn } from 'node:child_process';

/**
 * Ends the server's process group when this process is killed without a chance to do so (SIGKILL). A shell of a few hundred
 * kilobytes waits for the end of a pipe that only this process holds open. Returns a function that calls it off. `-s`, because dash takes the
 * group in `kill -TERM -- -PID` for a signal.
 */
const script =
  'read -r word; [ "$word" = done ] && exit 0; kill -s TERM -- "-$1" 2>/dev/null || exit 0; sleep 2; kill -s KILL -- "-$1" 2>/dev/null';

export function guardChild(pid: number | undefined): () => void {
  if (pid === undefined || process.platform === 'win32') return () => undefined;
  const guard = spawn('/bin/sh', ['-c', script, 'meshscope-guard', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return () => guard.stdin.end('done\n');
}
