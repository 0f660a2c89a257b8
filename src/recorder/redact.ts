/** What is kept of arguments and results. */
export type ContentPolicy = 'off' | 'redacted' | 'full';

const secretKey =
  /pass(?:word|wd|phrase)?$|secret|token$|api[-_]?key|authorization|credential|cookie|private[-_]?key|access[-_]?key|session[-_]?key|^auth$/i;

const secretText =
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[\w-]{16,}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----/g;

export const redactedMark = '[redacted]';

const maxDepth = 100;

/**
 * The same without what looks like a secret: values under telling keys, and texts of known forms inside other texts. Where there is nothing of
 * the kind, as in most values, it is the value itself, so that a caller can tell.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replaceAll(secretText, redactedMark);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return redactedMark;
  if (Array.isArray(value)) {
    const items = value.map((item) => redact(item, depth + 1));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  const members = Object.entries(value);
  const shown = members.map(([key, item]): [string, unknown] => [
    key,
    secretKey.test(key) && item !== null && typeof item !== 'boolean' ? redactedMark : redact(item, depth + 1),
  ]);
  return shown.every(([, item], at) => item === members[at]?.[1]) ? value : Object.fromEntries(shown);
}
