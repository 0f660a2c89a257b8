import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds that files took on a slow machine with three others beside them; those that are not here took less. Only their order matters. */
const seconds: Readonly<Record<string, number>> = {
  'test/integration/crash.test.ts': 220,
  'test/ui/pages.test.ts': 190,
  'test/integration/faults.test.ts': 190,
  'test/ui/logs.test.ts': 100,
  'test/integration/audit-logs.test.ts': 85,
  'test/integration/demo.test.ts': 80,
  'test/integration/clients.test.ts': 75,
  'test/integration/wrap-delivery.test.ts': 60,
  'test/integration/package.test.ts': 55,
  'test/integration/wrap.test.ts': 54,
  'test/integration/delete-on-full-disk.test.ts': 50,
  'test/integration/cli-server.test.ts': 50,
  'src/sources/redis-streams/start-redis-streams.test.ts': 48,
  'src/sources/file-tail/rotation-under-load.test.ts': 48,
  'src/store/logs/loader.test.ts': 45,
  'test/integration/mcp-server.test.ts': 43,
  'test/ui/traces.test.ts': 42,
  'test/integration/log-analyzer.test.ts': 42,
  'test/ui/dashboards.test.ts': 41,
  'test/integration/recorder-chaos.test.ts': 41,
  'src/exporters/start-exporters.test.ts': 38,
  'src/audit/verify-audit.test.ts': 38,
  'src/store/logs/minute-counts.test.ts': 38,
  'test/integration/write.test.ts': 37,
  'test/integration/cli-faults.test.ts': 35,
  'test/integration/shippers.test.ts': 35,
};

/**
 * A long file that begins last keeps everyone waiting. Vitest itself knows how long files took, but not where the packages were
 * just installed, since it remembers that among them.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = ({ moduleId }: TestSpecification) => seconds[relative(this.ctx.config.root, moduleId)] ?? 0;
    return (await super.sort(files)).toSorted((a, b) => known(b) - known(a));
  }
}
