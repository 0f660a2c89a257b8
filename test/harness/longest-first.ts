import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds that files took with another beside them; those that are not here took less. Only their order matters. */
const seconds: Readonly<Record<string, number>> = {
  'test/ui/pages.test.ts': 120,
  'test/integration/crash.test.ts': 105,
  'test/ui/logs.test.ts': 80,
  'test/integration/faults.test.ts': 65,
  'test/integration/audit-logs.test.ts': 62,
  'test/integration/demo.test.ts': 61,
  'test/integration/page.test.ts': 60,
  'src/sources/file-tail/rotation-under-load.test.ts': 57,
  'test/integration/wrap-delivery.test.ts': 53,
  'src/queries/traces/assemble-spans.test.ts': 42,
  'test/ui/traces.test.ts': 40,
  'test/integration/cli-faults.test.ts': 38,
  'test/integration/wrap.test.ts': 34,
  'test/ui/dashboards.test.ts': 33,
  'test/integration/recorder-chaos.test.ts': 31,
  'test/integration/package.test.ts': 29,
  'src/sources/redis-streams/start-redis-streams.test.ts': 28,
  'test/integration/property.test.ts': 27,
  'test/integration/clients.test.ts': 25,
  'test/integration/left-records.test.ts': 25,
  'src/exporters/start-exporters.test.ts': 24,
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
