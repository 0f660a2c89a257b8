import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../lib/errors.ts';

/** Makes the folder, and those above it, where there are none. Throws AppError `bad_config` when it cannot be made or written. */
export function makeDataFolder(path: string): void {
  try {
    make(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('bad_config', `the data folder ${path} cannot be used: ${reason}; change its owner, or name another with --data`, {
      cause,
    });
  }
}

/** Not by `recursive`, with which Node.js goes round for ever where a folder takes no others and says ENOENT (`/proc`). */
function make(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found !== undefined) throw new Error(`${path} is not a folder`);
  make(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another meshscope may start at the same time.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
