import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { listAuditFiles, publicKeyName, readIfThere } from '../audit/audit-folder.ts';
import type { Link } from '../audit/audit-record.ts';
import { exportLines } from '../audit/read-audit.ts';
import { readPublicKeys } from '../audit/signing-key.ts';
import { type AuditVerification, verifyAudit } from '../audit/verify-audit.ts';
import { loadConfig } from '../config/load.ts';
import { AppError } from '../lib/errors.ts';
import { printableText } from '../lib/printable-text.ts';
import { type Command, type OptionSpec, parseOptions, UsageError } from './command.ts';
import { createExportTarget } from './export-target.ts';
import { timeOf } from './log-query.ts';
import { type Terminal, write } from './terminal.ts';

const options = {
  data: { type: 'string', placeholder: 'DIR', help: 'Data folder.', fallback: 'MESHSCOPE_DATA, the config file, ./meshscope-data' },
  'public-key': { type: 'string', placeholder: 'FILE', help: 'verify: trust the keys in FILE (PEM) instead of those in the folder.' },
  head: { type: 'string', placeholder: 'SEQ:HASH', help: 'verify: a place of the chain that was kept elsewhere must still be in it.' },
  json: { type: 'boolean', help: 'verify: print JSON.' },
  since: { type: 'string', placeholder: 'TIME', help: 'export: only from this time on: 15m, 7d, or 2026-01-31T12:00:00Z.' },
  until: { type: 'string', placeholder: 'TIME', help: 'export: only before this time.' },
  actor: { type: 'string', placeholder: 'NAME', help: 'export: only what this actor did.' },
  action: { type: 'string', placeholder: 'NAME', help: 'export: only this action.' },
  output: { type: 'string', short: 'o', placeholder: 'FILE', help: 'export: write to FILE.', fallback: 'standard output' },
} as const satisfies Record<string, OptionSpec>;

type Flags = Readonly<{ [Name in keyof typeof options]?: Name extends 'json' ? boolean : string }>;

const flagsOf: Readonly<Record<string, readonly (keyof Flags)[]>> = {
  verify: ['data', 'public-key', 'head', 'json'],
  export: ['data', 'since', 'until', 'actor', 'action', 'output'],
  key: ['data'],
};

export const auditCommand: Command = {
  summary: 'Check the audit log, export it, or print its public key.',
  operands: 'verify|export|key',
  description: [
    '`verify` reads the folder, whether a server runs or not, and names every record that was changed, removed, inserted, moved or cut off;\nits exit code is then 1. Keep the public key and a head elsewhere: without them, whoever can write the folder can replace all of it.',
    '`export` prints records as they are stored, one JSON object a line.',
  ],
  options,
  examples: [
    'meshscope audit verify --public-key audit-key.pem',
    'meshscope audit export --since 7d --actor alice > audit.ndjson',
    'meshscope audit key > audit-key.pem',
  ],
  run: async ({ args, terminal }) => {
    const { values, positionals } = parseOptions(options, args, 1);
    const action = positionals[0] ?? '';
    const allowed = flagsOf[action];
    if (allowed === undefined) throw new UsageError(`Use verify, export or key${action === '' ? '' : `, not ${JSON.stringify(action)}`}.`);
    const foreign = Object.keys(values).find((flag) => !allowed.some((name) => name === flag));
    if (foreign !== undefined) throw new UsageError(`\`audit ${action}\` does not take --${foreign}.`);
    const folder = join(dataFolder(values.data, terminal), 'audit');
    if (action === 'verify') return verify(folder, values, terminal);
    if (action === 'export') return exportRecords(folder, values, terminal);
    return printKey(folder, terminal);
  },
};

/** A named folder is looked at whatever the settings say: it may come from another machine. */
const dataFolder = (named: string | undefined, { cwd, env }: Terminal): string =>
  named === undefined ? loadConfig({ argv: [], env, cwd }).config.data : resolve(cwd, named);

function parseHead(text: string): Link {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text) ?? [];
  if (seq === undefined || hash === undefined) throw new UsageError('--head must be SEQ:HASH, as `audit verify` prints it.');
  return { seq: Number(seq), hash: hash.toLowerCase() };
}

async function verify(folder: string, values: Flags, { stdout, cwd }: Terminal): Promise<number> {
  const keyFile = values['public-key'];
  const result = await verifyAudit(folder, {
    ...(keyFile === undefined ? {} : { publicKeys: readFileSync(resolve(cwd, keyFile), 'utf8') }),
    ...(values.head === undefined ? {} : { head: parseHead(values.head) }),
  });
  if (values.json) await write(stdout, `${JSON.stringify(result, null, 2)}\n`);
  else await write(stdout, printableText(verificationText(folder, result)));
  return result.ok ? 0 : 1;
}

function verificationText(folder: string, result: AuditVerification): string {
  const { ok, findings, unlisted, records, files, first, head, signed, unsigned, notes } = result;
  const lines = findings.map(({ kind, seq, until, file, line, message }) => {
    const which = seq === null ? '' : ` ${seq}${until === seq ? '' : `-${until}`}`;
    return `${kind}${which}  ${file}${line === null ? '' : `:${line}`}  ${message}`;
  });
  return [
    ok ? 'The audit log is as it was written.' : 'The audit log is NOT as it was written.',
    ...lines,
    ...(unlisted > 0 ? [`and ${unlisted} more findings`] : []),
    `folder    ${folder}`,
    `records   ${records} in ${files} files, from ${first} on`,
    `signed    ${signed === null ? 'none' : `until ${signed.seq}, at ${signed.time}`}; ${unsigned} behind it`,
    `head      ${head === null ? 'none' : `${head.seq}:${head.hash}`}`,
    ...notes.map((note) => `note      ${note}`),
    '',
  ].join('\n');
}

async function exportRecords(folder: string, values: Flags, terminal: Terminal): Promise<number> {
  const now = Date.now();
  const millisOf = (flag: 'since' | 'until') => {
    const text = values[flag];
    return text === undefined ? undefined : Date.parse(timeOf(flag, text, now));
  };
  const toMillis = millisOf('until');
  const filter = {
    fromMillis: millisOf('since'),
    toMillis: toMillis === undefined ? undefined : toMillis - 1,
    actor: values.actor,
    action: values.action,
  };
  if ((await listAuditFiles(folder)).length === 0) throw new AppError('not_found', `There is no audit log in ${folder}.`);
  let damaged = 0;
  const target = await createExportTarget(values.output, terminal);
  try {
    for await (const line of exportLines(folder, filter, () => damaged++)) await target.write(line);
    await target.finish();
  } catch (error) {
    await target.abandon();
    throw error;
  }
  if (damaged === 0) return 0;
  terminal.stderr.write(`meshscope: ${damaged} lines are not as they were written and were left out; see \`meshscope audit verify\`.\n`);
  return 1;
}

async function printKey(folder: string, { stdout, stderr }: Terminal): Promise<number> {
  const pem = (await readIfThere(join(folder, publicKeyName)))?.toString() ?? '';
  const keys = readPublicKeys(pem);
  if (keys.size === 0) throw new AppError('not_found', `There is no key in ${folder}. The first start of a server makes one.`);
  await write(stdout, printableText(pem));
  for (const id of keys.keys()) stderr.write(`meshscope: key ${id}\n`);
  return 0;
}
