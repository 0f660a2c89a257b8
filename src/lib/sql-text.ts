/**
 * SQL literals. Every value from outside enters a statement through one of these functions; nothing else may quote.
 */

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
};

/** A string literal. Line ends are escaped too, so that no statement of ours can contain an empty line. */
export function sqlString(value: string): string {
  return `'${value.toWellFormed().replace(/[\\'\n\r\t\0\b\f]/g, (char) => escapes[char] as string)}'`;
}

/** An identifier in backticks, for JSON paths and column names. */
export function sqlIdentifier(name: string): string {
  return `\`${name.toWellFormed().replace(/[\\`\n\r\t\0\b\f]/g, (char) => (char === '`' ? '\\`' : (escapes[char] as string)))}\``;
}

export function sqlStrings(values: readonly string[]): string {
  return values.map(sqlString).join(', ');
}

/** A floating-point or integer literal; NaN and infinities are refused because no field holds them. */
export function sqlNumber(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`BUG: ${value} is not a SQL number`);
  return String(value);
}
