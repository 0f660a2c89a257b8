import { afterAll, beforeAll } from 'vitest';
import type { ServerProcess } from '../harness/server-process.ts';
import { startFilledServer } from './filled-server.ts';

/** One for all who import it into the same test file; what they add to it, the others see. */
export let server: ServerProcess;

beforeAll(async () => {
  server = await startFilledServer();
}, 180_000);
afterAll(async () => {
  await server.stop();
});
