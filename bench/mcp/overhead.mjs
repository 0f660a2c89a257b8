// What `meshscope wrap` and the SDK add: `npm run bench -- --only mcp` without its results file, `node bench/mcp/overhead.mjs [--starts N] [--blocks N] [--calls N]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mcpReport } from '../print-report.mjs';
import { measureMcp } from './measure-mcp.mjs';

const option = (fallback) => ({ type: 'string', default: fallback });
const { values } = parseArgs({ options: { starts: option('15'), blocks: option('40'), calls: option('50') } });
const folder = mkdtempSync(join(tmpdir(), 'meshscope-overhead-'));
const plan = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const mcp = await measureMcp(folder, plan, (line) => process.stderr.write(`${line}\n`));
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`load average ${loadavg()[0].toFixed(1)}\n${mcpReport({ mcp })}`);
