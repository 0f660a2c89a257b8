import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const standIn = resolve(root, 'test/fixtures/logging-page.txt');
/** `MESHSCOPE_TEST_PAGE` names another page, for example the stand-in where the original exists. */
const original = process.env.MESHSCOPE_TEST_PAGE ?? resolve(root, '../shared/mission/centralized-logging.txt');

/** The commands and programs of the logging page, as a reader would copy them. */
export type MissionPage = Readonly<{
  /** The file of Step 3, its `//` line included. */
  template: string;
  /** Every curl command outside the load test, with what it is piped into. */
  curls: readonly string[];
  /** The script of the section "Load Test Logging". */
  loadTest: string;
  /** The line whose parsing the page tests. */
  parsingTest: string;
  /** `LogAnalyzer` and `analyze_performance_logs` as Python that runs. */
  analyzer: string;
}>;

/** The page where the repository lies beside it; elsewhere our own commands of the same kinds. */
export const missionPage = (): MissionPage => readPage(existsSync(original) ? original : standIn);

/** Both pages where both exist, to compare them. */
export const missionPages = (): readonly MissionPage[] => [original, standIn].filter((path) => existsSync(path)).map(readPage);

function readPage(path: string): MissionPage {
  const text = readFileSync(path, 'utf8');
  const loadTest = /^#!\/bin\/bash\n[\s\S]*?^jq '[^']*'/m.exec(text)?.[0] ?? '';
  return {
    template: /^\/\/ elasticsearch-template\.json\n[\s\S]*?^\}$/m.exec(balanceTemplate(text))?.[0] ?? '',
    curls: commandsIn(text.replace(loadTest, ''), /^curl /),
    loadTest,
    parsingTest: (commandsIn(text.replace(loadTest, ''), /^echo '\{/)[0] ?? '').split(' | \\\n')[0] ?? '',
    analyzer: [
      'import json',
      'from elasticsearch import Elasticsearch',
      indentPython(between(text, 'class LogAnalyzer:', '# Usage example')),
      indentPython(between(text, 'def analyze_performance_logs(', 'Best Practices')),
    ].join('\n'),
  };
}

/** The page lost its indentation, so the `}` that ends the template is found by counting. */
function balanceTemplate(text: string): string {
  const lines = text.slice(text.indexOf('// elasticsearch-template.json')).split('\n');
  let depth = 0;
  return lines
    .map((line) => {
      depth += count(line, /\{/g) - count(line, /\}/g);
      return depth > 0 && line.startsWith('}') ? ` ${line}` : line;
    })
    .join('\n');
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

const between = (text: string, from: string, to: string): string =>
  text.includes(from) ? text.slice(text.indexOf(from), text.indexOf(to, text.indexOf(from))) : '';

/** Shell commands that begin with a line of this form, with their continued and quoted lines. */
export function commandsIn(text: string, begins: RegExp): string[] {
  const commands: string[] = [];
  let open: string | undefined;
  for (const line of text.split('\n')) {
    if (open === undefined && !begins.test(line)) continue;
    open = open === undefined ? line : `${open}\n${line}`;
    if (!open.endsWith('\\') && count(open, /'/g) % 2 === 0) {
      commands.push(open);
      open = undefined;
    }
  }
  return commands;
}

/**
 * Gives Python its indentation back. Enough is known to do so: brackets, methods by their `self`, a `:` that opens a block, and
 * that a comment or a `return` of this code always stands in the body of its function.
 */
function indentPython(code: string): string {
  let level = 0;
  let body = 0;
  let brackets = 0;
  const lines = code.split('\n').map((raw) => {
    const line = raw.trim();
    const inside = brackets > 0;
    if (!inside) {
      if (/^class /.test(line)) level = body = 0;
      else if (/^def \w+\(self\b/.test(line)) level = body = 1;
      else if (/^def /.test(line)) level = body = 0;
      else if (/^(#|return\b)/.test(line)) level = body + 1;
      // The page's last statements behind a loop start with an empty line of output.
      else if (/^print\("\\n/.test(line)) level = body + 1;
    }
    const indented = `${'    '.repeat(level + (inside ? 2 : 0))}${line}`;
    const bare = line
      .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
      .replace(/#.*/, '')
      .trimEnd();
    brackets += count(bare, /[([{]/g) - count(bare, /[)\]}]/g);
    if (brackets === 0 && bare.endsWith(':')) level++;
    return indented;
  });
  return lines.join('\n');
}

export type ShellResult = Readonly<{ code: number | null; stdout: string; stderr: string }>;

/** Runs a bash script as a reader's terminal would, with `address` (host:port) where the page has its Elasticsearch. */
export async function runShell(
  script: string,
  { address, cwd, prelude = '' }: Readonly<{ address: string; cwd: string; prelude?: string }>,
): Promise<ShellResult> {
  const text = `set -o pipefail\n${prelude}\n${script.replaceAll(/localhost:(?:9200|8000)/g, address)}`;
  const child = spawn('bash', ['-c', text], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
