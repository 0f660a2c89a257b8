/**
 * Ids are text and are kept as they came. MCP Mesh writes UUIDs with dashes until v0.7 and 32 hexadecimal digits since, and one trace
 * may hold both; OpenTelemetry writes lower case. So ids are compared by a key: hexadecimal text of 32 digits without its dashes,
 * in lower case; anything else as it is.
 */
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export const traceKey = (id: string): string => (uuid.test(id) ? id.replaceAll('-', '').toLowerCase() : id);

/** The same in SQL; `column` is a SQL expression. Most ids are their own key, and the regular expression is not asked about them. */
export const traceKeyExpression = (column: string): string =>
  `if(lower(${column}) = ${column} AND position(${column}, '-') = 0, ${column}, if(match(${column}, '^(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$'), lower(replaceAll(${column}, '-', '')), ${column}))`;

/** Ways in which a trace id may be written, to look for it where it is stored as it came. */
export function traceIdSpellings(id: string): readonly string[] {
  const key = traceKey(id);
  if (!uuid.test(id)) return [id];
  const dashed = `${key.slice(0, 8)}-${key.slice(8, 12)}-${key.slice(12, 16)}-${key.slice(16, 20)}-${key.slice(20)}`;
  return [...new Set([id, key, dashed, key.toUpperCase(), dashed.toUpperCase()])];
}
