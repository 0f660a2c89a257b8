import { writeSync } from 'node:fs';

let isGuarded = false;

/** Writes a line to the standard error; standard output belongs to the protocol of servers on stdio. Never throws. */
export function writeStderr(line: string): void {
  if (!isGuarded) {
    isGuarded = true;
    // A host that has gone must not end the server by an unhandled EPIPE; there is nobody left to tell.
    process.stderr.on('error', () => undefined);
  }
  try {
    process.stderr.write(`${line}\n`);
  } catch {
    isGuarded = true;
  }
}

/** For a process that is about to die, whose streams may not get to write. */
export function writeStderrNow(line: string): boolean {
  try {
    writeSync(2, `${line}\n`);
    return true;
  } catch {
    return false;
  }
}
