import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const page = resolve(root, '../shared/mission/centralized-logging.txt');
const fixture = (name: string) => readFileSync(resolve(root, 'test/fixtures/dashboards', name), 'utf8');

/** The dashboards of the logging page as a reader would copy them; ours of the same kinds where the page is not there. */
export function missionDashboards(): Readonly<{ kibana: string; audit: string }> {
  // As in mission-page.ts, the variable asks for the stand-in where the original exists.
  if (process.env.MESHSCOPE_TEST_PAGE !== undefined || !existsSync(page))
    return { kibana: fixture('log-analysis.jsonc'), audit: fixture('security-audit.json') };
  const text = readFileSync(page, 'utf8');
  const kibana = text.indexOf('// kibana-dashboard.json');
  const audit = text.indexOf('{', text.indexOf('Security Audit Dashboard¶'));
  return { kibana: text.slice(kibana, text.indexOf('Step 5', kibana)), audit: text.slice(audit, text.indexOf('Example 2', audit)) };
}
