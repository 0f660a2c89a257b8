import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { AppError } from '../lib/errors.ts';
import { canonicalJson } from './canonical-json.ts';

/** Who did what on which resource, and what came of it. */
export type AuditEntry = Readonly<{
  actor: string;
  action: string;
  resource: string;
  result: string;
  /** A JSON object; what else is worth keeping. */
  details?: unknown;
}>;

/** One line of an audit file is the canonical JSON of this, and a line feed. */
export type AuditRecord = Readonly<{
  /** From 1, without gaps. */
  seq: number;
  /** When it was handed in, by this machine's clock: RFC 3339 with milliseconds. Clocks are set back, so times may be out of order. */
  time: string;
  actor: string;
  action: string;
  resource: string;
  result: string;
  details: Readonly<Record<string, unknown>>;
  /** `hash` of the record before, or zeros. */
  prev: string;
  /** SHA-256, as hex, of the canonical JSON of the record without this member. */
  hash: string;
}>;

/** A place in the chain. */
export type Link = Readonly<{ seq: number; hash: string }>;

/** What the first record is chained to. */
export const genesis: Link = { seq: 0, hash: '0'.repeat(64) };

/** What a caller gets: enough to find the record again, and to prove later that it has not changed. */
export type AuditReceipt = Readonly<{ seq: number; time: string; hash: string }>;

/** An entry as text, which no later change of the caller's objects reaches. */
export type PreparedEntry = Readonly<{
  front: string;
  middle: string;
  time: string;
  bytes: number;
  /** Hash of what it says, when its sender has numbered it: equal ones are one record that was sent twice. */
  key: string | undefined;
}>;

const maxNameLength = 1024;
const maxResourceLength = 4096;
const maxDetailsBytes = 32 * 1024;

/** No line is longer: a character takes up to six bytes when it is escaped. */
export const maxLineBytes: number = maxDetailsBytes + 6 * (3 * maxNameLength + maxResourceLength) + 1024;

/** Actions that only meshscope itself records, about the audit log. */
export const ownActions = 'audit.';

/** The member of `details` by which a record that was copied from a log document names it; only meshscope itself writes it. */
export const copiedFrom = 'from_log';

/** Names of members, hashes, number, time and punctuation of a line, at most. */
const frameBytes = 260;

function text(entry: AuditEntry, name: 'actor' | 'action' | 'resource' | 'result', maxLength: number): string {
  const value: unknown = entry[name];
  if (typeof value === 'string' && value !== '' && value.length <= maxLength) return JSON.stringify(value);
  throw new AppError('bad_request', `${name}: An audit record needs a text of 1 to ${maxLength} characters here.`);
}

/** Checks an entry. Throws `AppError` `bad_request` that names the member, or `too_large`. `time`: see `AuditRecord`. */
export function prepareEntry(entry: AuditEntry, time: string): PreparedEntry {
  const actor = text(entry, 'actor', maxNameLength);
  const action = text(entry, 'action', maxNameLength);
  const resource = text(entry, 'resource', maxResourceLength);
  const result = text(entry, 'result', maxNameLength);
  const given = entry.details ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new AppError('bad_request', 'details: An audit record needs an object here.');
  const details = canonicalJson(given);
  const bytes = Buffer.byteLength(details);
  if (bytes > maxDetailsBytes)
    throw new AppError('too_large', `details: ${bytes} bytes are more than ${maxDetailsBytes}. Keep a hash of it.`);
  const front = `{"action":${action},"actor":${actor},"details":${details},`;
  const middle = `"resource":${resource},"result":${result},`;
  return {
    front,
    middle,
    time,
    key: typeof (given as Readonly<Record<string, unknown>>).record_id === 'string' ? sha256(front + middle) : undefined,
    bytes:
      bytes + Buffer.byteLength(action) + Buffer.byteLength(actor) + Buffer.byteLength(resource) + Buffer.byteLength(result) + frameBytes,
  };
}

/** Checks an entry of a stranger: names that only meshscope uses are refused too. `isCopy`: one that meshscope made of a log document. */
export function prepareOutside(entry: AuditEntry, time: string, where: string, isCopy: boolean): PreparedEntry {
  try {
    const prepared = prepareEntry(entry, time);
    if (entry.action.startsWith(ownActions)) {
      throw new AppError('bad_request', `action: Names that begin with ${ownActions} are meshscope's own.`);
    }
    if (!isCopy && Object.hasOwn(entry.details ?? {}, copiedFrom)) {
      throw new AppError('bad_request', `details.${copiedFrom}: This name is meshscope's own.`);
    }
    return prepared;
  } catch (error) {
    if (!(error instanceof AppError) || where === '') throw error;
    throw new AppError(error.code, `${where}${error.message}`, { cause: error });
  }
}

const back = ({ middle, time }: PreparedEntry, seq: number, prev: string) =>
  `"prev":"${prev}",${middle}"seq":${seq},"time":${JSON.stringify(time)}}`;

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** The record that follows `last`, as a line without its line feed. */
export function sealRecord(entry: PreparedEntry, last: Link): Readonly<{ line: string; link: Link }> {
  const seq = last.seq + 1;
  const end = back(entry, seq, last.hash);
  const hash = sha256(`${entry.front}${end}`);
  return { line: `${entry.front}"hash":"${hash}",${end}`, link: { seq, hash } };
}

const memberNames = 'action,actor,details,hash,prev,resource,result,seq,time';
const hashForm = /^[0-9a-f]{64}$/;

function parseObject(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (!isUtf8(line)) return undefined;
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const isHash = (value: unknown): value is string => typeof value === 'string' && hashForm.test(value);

/** A canonical JSON object with exactly these members, of which some are hashes and `seq` is a number from 0. Undefined when it is none. */
export function parseCanonical(line: Buffer, members: string, hashes: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const value = parseObject(line);
  if (value === undefined || Object.keys(value).sort().join() !== members) return undefined;
  const { seq } = value;
  if (!Number.isSafeInteger(seq) || (seq as number) < 0 || !hashes.every((name) => isHash(value[name]))) return undefined;
  try {
    return canonicalJson(value) === line.toString() ? value : undefined;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** The record of a line, if it is exactly as it was written: its form, every byte, and its own hash. Whether it belongs here, the chain says. */
export function parseRecord(line: Buffer): AuditRecord | undefined {
  const value = parseCanonical(line, memberNames, ['hash', 'prev']);
  if (value === undefined || typeof value.time !== 'string') return undefined;
  const record = value as AuditRecord;
  try {
    const sealed = sealRecord(prepareEntry(record, record.time), { seq: record.seq - 1, hash: record.prev });
    return sealed.link.hash === record.hash ? record : undefined;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
