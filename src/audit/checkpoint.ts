import { sign, verify } from 'node:crypto';
import { type Link, parseCanonical } from './audit-record.ts';
import { canonicalJson } from './canonical-json.ts';
import type { PublicKeys, SigningKey } from './signing-key.ts';

/**
 * A signed place of the chain, which vouches for every record up to it. A `checkpoint` is the newest record of its time; the `anchor` is the last
 * record that retention removed.
 */
export type Checkpoint = Link &
  Readonly<{
    kind: 'checkpoint' | 'anchor';
    time: string;
    /** Id of the key that signed it. */
    key: string;
    /** Ed25519 over the canonical JSON of the other members, as base64. */
    signature: string;
  }>;

const memberNames = 'hash,key,kind,seq,signature,time';

/** A line without its line feed. */
export function signCheckpoint(kind: Checkpoint['kind'], { seq, hash }: Link, time: string, { id, privateKey }: SigningKey): string {
  const statement = { hash, key: id, kind, seq, time };
  const signature = sign(null, Buffer.from(canonicalJson(statement)), privateKey).toString('base64');
  return canonicalJson({ ...statement, signature });
}

/** Undefined when the line does not have the form; the signature is not looked at. */
export function parseCheckpoint(line: Buffer, kind: Checkpoint['kind']): Checkpoint | undefined {
  const value = parseCanonical(line, memberNames, ['hash', 'key']);
  if (value === undefined || value.kind !== kind || typeof value.time !== 'string' || typeof value.signature !== 'string') return undefined;
  return value as Checkpoint;
}

export function checkSignature({ signature, ...statement }: Checkpoint, keys: PublicKeys): 'valid' | 'unknown key' | 'wrong' {
  const key = keys.get(statement.key);
  if (key === undefined) return 'unknown key';
  const bytes = Buffer.from(signature, 'base64');
  // Base64 has several spellings of the same bytes; only the one that was written counts.
  if (bytes.toString('base64') !== signature) return 'wrong';
  return verify(null, Buffer.from(canonicalJson(statement)), key, bytes) ? 'valid' : 'wrong';
}
