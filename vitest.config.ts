import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/harness/longest-first.ts';

const all = ['src/**/*.test.ts', 'test/**/*.test.ts', 'sdk/**/*.test.ts', 'ui/src/**/*.test.ts'];

/** Nothing here opens the engine, or changes what the process has one of; a process for each would take longer than the tests. */
const sharing = ['src/{catalogue,config,lib,model,pipeline,recorder}/**/*.test.ts', 'ui/src/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Half of the long files wait for other processes most of the time, so four keep two processors busy.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/harness/shared-folder.ts',
    // These find what hangs, on a machine that does ten other things as well.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    env: { UV_THREADPOOL_SIZE: '16' },
    projects: [
      // The engine is native and process-wide, so every test file runs in a process of its own.
      { extends: true, test: { name: 'own process', include: all, exclude: [...sharing, '**/node_modules/**'] } },
      { extends: true, test: { name: 'shared process', include: sharing, isolate: false } },
    ],
  },
});
