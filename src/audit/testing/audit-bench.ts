import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog, type AuditLogOptions } from '../audit-log.ts';
import type { AuditEntry, AuditRecord } from '../audit-record.ts';

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'meshscope-audit-'));

export const entry = (n: number): AuditEntry => ({
  actor: `agent-${n % 3}`,
  action: 'tools/call',
  resource: `tool:weather/${n}`,
  result: n % 5 === 0 ? 'failure' : 'success',
  details: { n, text: 'ü\u2028"\\' },
});

/** A log that checkpoints and retains only when it is told to. `troubles`: what it told the operator. */
export async function openLog(folder: string, options: Partial<AuditLogOptions> = {}) {
  const troubles: string[] = [];
  const log = await AuditLog.open({
    folder,
    retentionDays: 365,
    fileBytes: 1024 ** 2,
    checkpointMillis: 2 ** 30,
    onTrouble: (line) => troubles.push(line),
    ...options,
  });
  return { log, troubles };
}

/** Lines of each file of records, the oldest first. */
export function readFiles(folder: string): Map<string, string[]> {
  const names = readdirSync(folder).filter((name) => /^audit-\d+\.ndjson$/.test(name));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)]));
}

export const readRecords = (folder: string): AuditRecord[] =>
  [...readFiles(folder).values()].flat().map((line) => JSON.parse(line) as AuditRecord);

export function writeLines(folder: string, name: string, lines: readonly string[]): void {
  writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
