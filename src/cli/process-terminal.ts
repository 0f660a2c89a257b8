import type { Terminal } from './terminal.ts';

/** The terminal of this process. Node opens each of its streams when that is asked for first, which a starting server need not wait for. */
export const processTerminal = (): Terminal => ({
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  env: process.env,
  cwd: process.cwd(),
});
