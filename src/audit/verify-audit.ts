import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import {
  type AuditFile,
  anchorName,
  auditFileName,
  checkpointsName,
  filesBehind,
  isMissing,
  listAuditFiles,
  publicKeyName,
  readIfThere,
} from './audit-folder.ts';
import { genesis, type Link, maxLineBytes } from './audit-record.ts';
import { type AuditFinding, ChainCheck, maxFindings, records } from './chain-check.ts';
import { checkSignature, parseCheckpoint } from './checkpoint.ts';
import { CheckpointCheck } from './checkpoint-check.ts';
import { readLines } from './read-lines.ts';
import { type PublicKeys, readPublicKeys } from './signing-key.ts';

export type { AuditFinding } from './chain-check.ts';

export type AuditVerification = Readonly<{
  /** There is no finding. */
  ok: boolean;
  findings: readonly AuditFinding[];
  /** Findings that are not listed. */
  unlisted: number;
  /** Records that are as they were written. */
  records: number;
  files: number;
  /** Number of the first record that is to be there; what stood before, retention removed. */
  first: number;
  /** The last record. Kept elsewhere, it proves later that nothing before it has changed or gone. */
  head: Link | null;
  /** The newest place that a valid signature vouches for. */
  signed: Readonly<{ seq: number; time: string }> | null;
  /** Records behind it. */
  unsigned: number;
  /** What limits the answer. */
  notes: readonly string[];
}>;

export type VerifyOptions = Readonly<{
  /** PEM of the keys to trust; without it, those of the folder, which whoever can write there can replace. */
  publicKeys?: string;
  /** A place of the chain that was kept elsewhere. */
  head?: Link;
  /** Records behind it are not looked at. */
  untilSeq?: number;
}>;

const maxTries = 5;

/**
 * Reads the whole folder, writes nothing, and needs a bounded amount of memory. Works while a server appends. Throws `AppError` `not_found` when
 * there is no audit log.
 */
export async function verifyAudit(folder: string, options: VerifyOptions = {}): Promise<AuditVerification> {
  for (let tries = 1; ; tries++) {
    const before = await readIfThere(join(folder, anchorName));
    try {
      const verification = await verifyOnce(folder, before, options);
      const after = await readIfThere(join(folder, anchorName));
      // Retention removed files meanwhile, which would look as if someone else had.
      if (tries === maxTries || (before?.toString() ?? '') === (after?.toString() ?? '')) return verification;
    } catch (error) {
      if (tries === maxTries || !isMissing(error)) throw error;
    }
  }
}

async function verifyOnce(folder: string, anchorLine: Buffer | undefined, options: VerifyOptions): Promise<AuditVerification> {
  const notes: string[] = [];
  const findings: AuditFinding[] = [];
  let found = 0;
  const report = (finding: AuditFinding) => {
    found++;
    if (findings.length < maxFindings) findings.push(finding);
  };
  const keys = await trustedKeys(folder, options, report, notes);
  const start = anchorLine === undefined ? genesis : readStart(anchorLine, keys, report);
  // Before the records: what a checkpoint names by now is in them.
  const checkpoints = await CheckpointCheck.open(join(folder, checkpointsName), { keys, report, afterSeq: start.seq });
  const all = await listAuditFiles(folder);
  const files = anchorLine === undefined ? all : filesBehind(all, start.seq);
  if (all.length === 0 && anchorLine === undefined && checkpoints.isEmpty) {
    throw new AppError(
      'not_found',
      `There is no audit log in ${folder}. The first start of a server makes one; --data names another folder.`,
    );
  }
  if (all.length > files.length) notes.push(`${all.length - files.length} files of removed records are still there`);

  const chain = new ChainCheck(start, (finding) => report(placeOf(finding, files)));
  const untilSeq = options.untilSeq ?? Number.POSITIVE_INFINITY;
  const misnamed: AuditFinding[] = [];
  let keptHead: 'unseen' | 'same' | 'other' = 'unseen';
  const settle = async () => {
    for (const links of chain.takeSettled()) {
      await checkpoints.meet(links, chain.troubles);
      const { head } = options;
      if (head !== undefined && links[0]?.seq === head.seq) keptHead = links.some(({ hash }) => hash === head.hash) ? 'same' : 'other';
    }
  };
  const onName = (finding: AuditFinding) => misnamed.push(finding);
  for (const [index, file] of files.entries()) {
    const isTorn = await readInto(chain, file, { untilSeq, onName, settle, mayEndTorn: index === files.length - 1 });
    if (isTorn)
      notes.push(`${file.name} ends in the middle of a line: it is being written, or a crash left it and the next start cuts it off`);
  }
  await checkpoints.readRest();
  const signedSeq = checkpoints.newest?.seq ?? start.seq;
  const knownSeq = Math.min(untilSeq, Math.max(signedSeq, options.head?.seq ?? 0));
  chain.finish(knownSeq, checkpoints.newest);
  await settle();
  // Where records are missing or moved, the chain has told it better.
  if (chain.troubles === 0) misnamed.forEach(report);
  const lastFile = files.at(-1)?.name ?? auditFileName(start.seq + 1);
  reportCut(chain.seq + 1, knownSeq, signedSeq, lastFile, report);
  if (options.head !== undefined) judgeHead(options.head, keptHead, start, report, notes, lastFile);
  if (checkpoints.newest === undefined) {
    report({
      kind: 'checkpoint',
      seq: null,
      until: null,
      file: checkpointsName,
      line: null,
      message: 'no valid signature vouches for any record',
    });
  }
  const { newest } = checkpoints;
  return {
    ok: found === 0 && chain.troubles === 0,
    findings,
    unlisted: found - findings.length,
    records: chain.count,
    files: files.length,
    first: start.seq + 1,
    head: headOf(chain, start),
    signed: newest === undefined ? null : { seq: newest.seq, time: newest.time },
    unsigned: Math.max(0, chain.seq - signedSeq),
    notes,
  };
}

type Reading = Readonly<{ untilSeq: number; onName: Report; settle: () => Promise<void>; mayEndTorn: boolean }>;

/** Whether the file ends in the middle of a line, which only the last one may. */
async function readInto(chain: ChainCheck, file: AuditFile, { untilSeq, onName, settle, mayEndTorn }: Reading): Promise<boolean> {
  let line = 0;
  for await (const { bytes, torn } of readLines(file.path, maxLineBytes)) {
    if (chain.seq >= untilSeq) return false;
    if (torn && mayEndTorn) return true;
    line++;
    chain.push(bytes, torn, { file: file.name, line });
    if (line === 1) checkName(file, bytes, onName);
    await settle();
  }
  return false;
}

/** Null when there are no records. */
function headOf({ head }: ChainCheck, start: Link): Link | null {
  return head === undefined || head.seq === start.seq ? null : head;
}

function reportCut(seq: number, until: number, signedSeq: number, file: string, report: Report): void {
  if (seq > until) return;
  const by = signedSeq >= seq ? `record ${signedSeq} was signed` : `record ${until} was there when its hash was kept`;
  report({
    kind: 'truncated',
    seq,
    until,
    file,
    line: null,
    message: `${records(seq, until)}: cut off behind the end of this file; ${by}`,
  });
}

type Report = (finding: AuditFinding) => void;

async function trustedKeys(folder: string, { publicKeys }: VerifyOptions, report: Report, notes: string[]): Promise<PublicKeys> {
  if (publicKeys === undefined)
    notes.push('the public key is the one in the folder; whoever can write there can replace it with all the rest');
  const pem = publicKeys ?? (await readIfThere(join(folder, publicKeyName)))?.toString();
  try {
    const keys = readPublicKeys(pem ?? '');
    if (keys.size > 0) return keys;
    if (publicKeys !== undefined)
      throw new AppError('bad_request', 'There is no public key in the file; `meshscope audit key` prints one.');
  } catch (error) {
    if (publicKeys !== undefined || !(error instanceof AppError)) throw error;
  }
  report({
    kind: 'key',
    seq: null,
    until: null,
    file: publicKeyName,
    line: null,
    message: 'there is no public key to check signatures with',
  });
  return new Map();
}

function readStart(line: Buffer, keys: PublicKeys, report: Report): Link {
  const anchor = parseCheckpoint(line, 'anchor');
  const signature = anchor === undefined ? 'wrong' : checkSignature(anchor, keys);
  if (anchor !== undefined && signature === 'valid') return anchor;
  const message = signature === 'wrong' ? 'not as it was signed' : 'signed with a key that is not trusted';
  report({
    kind: 'anchor',
    seq: anchor?.seq ?? null,
    until: anchor?.seq ?? null,
    file: anchorName,
    line: 1,
    message: `the begin of the log: ${message}`,
  });
  return anchor ?? genesis;
}

/** A gap before the first line of a file is behind the end of the file before, or that file is gone. */
function placeOf(finding: AuditFinding, files: readonly AuditFile[]): AuditFinding {
  const { kind, seq, line, file } = finding;
  const index = files.findIndex(({ name }) => name === file);
  const next = files[index];
  if (kind !== 'missing' || seq === null || line !== 1 || next === undefined || next.firstSeq <= seq) return finding;
  const previous = files[index - 1];
  const message = `${records(seq, finding.until ?? seq)}: not there, ${previous === undefined ? 'before' : 'behind the end of this file and before'} ${file}`;
  return { ...finding, file: previous?.name ?? auditFileName(seq), line: null, message };
}

function checkName({ name, firstSeq }: AuditFile, line: Buffer, report: Report): void {
  const seq = Number(/,"seq":(\d+),"time":"[^"]*"\}$/.exec(line.toString())?.[1] ?? firstSeq);
  if (seq === firstSeq) return;
  const message = `the file begins with record ${seq}, but its name says ${firstSeq}: it was renamed, or its first lines are gone`;
  report({ kind: 'changed', seq: Math.min(seq, firstSeq), until: seq, file: name, line: 1, message });
}

function judgeHead(head: Link, kept: 'unseen' | 'same' | 'other', start: Link, report: Report, notes: string[], file: string): void {
  if (kept === 'other') {
    const message = `record ${head.seq} is not the one whose hash was kept: it or one before it was written anew`;
    report({ kind: 'changed', seq: head.seq, until: head.seq, file, line: null, message });
  } else if (kept === 'unseen' && head.seq <= start.seq)
    notes.push(`record ${head.seq}, whose hash was kept, is no longer there: retention removed it`);
}
