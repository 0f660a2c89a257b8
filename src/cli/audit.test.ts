import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/harness/run-cli.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { entry, openLog, readFiles } from '../audit/testing/audit-bench.ts';

const data = mkdtempSync(join(tmpdir(), 'meshscope-data-'));
const folder = join(data, 'audit');
let log: AuditLog;

beforeAll(async () => {
  mkdirSync(folder);
  ({ log } = await openLog(folder));
  for (let n = 0; n < 10; n++) await log.append([entry(n)]);
});

const audit = (...args: string[]) => runCli(['audit', ...args], { env: { MESHSCOPE_DATA: data }, cwd: data });

describe('meshscope audit', () => {
  it('verifies while the log is open, and after', async () => {
    const open = await audit('verify');
    expect(open).toMatchObject({ code: 0, stderr: '' });
    expect(open.stdout).toContain(`\nfolder    ${folder}\n`);
    expect(open.stdout).toMatch(
      /^The audit log is as it was written\.\nfolder {4}.*\/audit\nrecords {3}11 in 1 files, from 1 on\nsigned {4}until 1, at .*; 10 behind it\n/,
    );
    await log.close();
    const key = await audit('key');
    expect(key.stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(key.stderr).toMatch(/^meshscope: key [0-9a-f]{64}\n$/);
    writeFileSync(join(data, 'kept.pem'), key.stdout);
    const json = await runCli(['audit', 'verify', '--json', '--data', data, '--public-key', join(data, 'kept.pem')]);
    const result = JSON.parse(json.stdout) as { head: { seq: number; hash: string }; notes: string[]; unsigned: number };
    expect([json.code, result.notes, result.unsigned]).toEqual([0, [], 0]);
    const { seq, hash } = result.head;
    expect((await audit('verify', '--head', `${seq}:${hash}`)).code).toBe(0);
    expect((await audit('verify', '--head', `${seq}:${'0'.repeat(64)}`)).code).toBe(1);
  });

  it('exports by actor and time', async () => {
    const lines = [...readFiles(folder).values()].flat();
    expect((await audit('export')).stdout).toBe(lines.map((line) => `${line}\n`).join(''));
    expect((await audit('export', '--actor', 'agent-1')).stdout.trimEnd().split('\n')).toHaveLength(3);
    expect((await audit('export', '--until', '1h')).stdout).toBe('');
    expect(await audit('export', '--since', '1h', '--action', 'tools/call', '-o', 'out.ndjson')).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(join(data, 'out.ndjson'), 'utf8').trimEnd().split('\n')).toHaveLength(10);
  });

  it('names what was changed and ends with 1', async () => {
    const name = [...readFiles(folder).keys()][0] as string;
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), text.replace('weather/3', 'weather/4'));
    const { code, stdout } = await audit('verify');
    expect(code).toBe(1);
    expect(stdout).toContain(`The audit log is NOT as it was written.\nchanged 5  ${name}:5  record 5: not as written\n`);
    const exported = await audit('export');
    expect([exported.code, exported.stderr]).toEqual([1, expect.stringContaining('1 lines are not as they were written')]);
    writeFileSync(join(folder, name), text);
  });

  it.each([
    [[], 2, 'Use verify, export or key'],
    [['drop'], 2, 'Use verify, export or key'],
    [['key', '--since', '1h'], 2, 'does not take --since'],
    [['verify', '--head', 'x'], 2, '--head must be SEQ:HASH'],
    [['verify', '--public-key', 'none.pem'], 1, 'none.pem'],
    [['verify', '--data', 'none'], 1, 'There is no audit log'],
    [['export', '--data', 'none'], 1, 'There is no audit log'],
    [['key', '--data', 'none'], 1, 'There is no key'],
  ])('answers %j with code %i', async (args, code, message) => {
    const result = await audit(...args);
    expect([result.code, result.stdout, result.stderr]).toEqual([code, '', expect.stringContaining(message)]);
  });
});
