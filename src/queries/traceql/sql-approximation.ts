/** SQL of a condition, or what it always is. */
export type Sql = string | boolean;

/**
 * A condition in SQL as far as SQL can tell: `over` holds wherever the condition does, `under` only where it does. Where both are the same
 * the SQL is exact.
 */
export type Approximation = Readonly<{ over: Sql; under: Sql }>;

export const exactly = (sql: Sql): Approximation => ({ over: sql, under: sql });
export const unknown: Approximation = { over: true, under: false };

export function and(parts: readonly Sql[]): Sql {
  if (parts.includes(false)) return false;
  const rest = [...new Set(parts.filter((part) => part !== true))];
  return rest.length === 0 ? true : rest.length === 1 ? (rest[0] as Sql) : `(${rest.join(' AND ')})`;
}

export function or(parts: readonly Sql[]): Sql {
  if (parts.includes(true)) return true;
  const rest = [...new Set(parts.filter((part) => part !== false))];
  return rest.length === 0 ? false : rest.length === 1 ? (rest[0] as Sql) : `(${rest.join(' OR ')})`;
}

export const not = (sql: Sql): Sql => (typeof sql === 'boolean' ? !sql : `NOT ${sql}`);

export const allOf = (parts: readonly Approximation[]): Approximation => ({
  over: and(parts.map(({ over }) => over)),
  under: and(parts.map(({ under }) => under)),
});
export const anyOf = (parts: readonly Approximation[]): Approximation => ({
  over: or(parts.map(({ over }) => over)),
  under: or(parts.map(({ under }) => under)),
});
export const noneOf = ({ over, under }: Approximation): Approximation => ({ over: not(under), under: not(over) });
