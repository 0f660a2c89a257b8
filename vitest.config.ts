import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/harness/longest-first.ts';

// The engine is native and process-wide, so every test file runs in a process of its own.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'sdk/**/*.test.ts', 'ui/src/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/harness/shared-folder.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { UV_THREADPOOL_SIZE: '16' },
  },
});
