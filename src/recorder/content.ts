import { createHash } from 'node:crypto';
import { jsonText } from './json-rpc.ts';
import { type ContentPolicy, redact } from './redact.ts';

/** Arguments or a result as they are recorded. */
export type Content = Readonly<{
  /** JSON text, shortened when `cut`; undefined when the policy is `off`. */
  text: string | undefined;
  cut: boolean;
  /** The whole text, of which `sha256` is the hash, when it was cut and is to be kept elsewhere. */
  whole: string | undefined;
  /** Bytes of the JSON text before it was shortened or redacted. */
  bytes: number;
  /** SHA-256 of the JSON text before it was shortened, after redaction: equal contents have equal hashes. */
  sha256: string;
}>;

/** `undefined` when there is nothing to record, or when it is nested too deep. `limit` is in UTF-16 units of JSON text, `maxWholeBytes` in bytes. */
export function recordContent(
  value: unknown,
  policy: ContentPolicy,
  { limit, maxWholeBytes }: Readonly<{ limit: number; maxWholeBytes: number }>,
): Content | undefined {
  if (value === undefined) return undefined;
  const shown = policy === 'redacted' ? redact(value) : value;
  const kept = jsonText(shown);
  // Printing is what recording a long content mostly costs.
  const original = shown === value ? kept : (jsonText(value) ?? kept);
  if (kept === undefined || original === undefined) return undefined;
  const cut = policy !== 'off' && kept.length > limit;
  return {
    text: policy === 'off' ? undefined : kept.slice(0, limit).toWellFormed(),
    cut,
    whole: cut && kept.length <= maxWholeBytes && Buffer.byteLength(kept) <= maxWholeBytes ? kept : undefined,
    bytes: Buffer.byteLength(original),
    sha256: createHash('sha256').update(kept).digest('hex'),
  };
}
