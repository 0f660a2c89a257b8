/**
 * Java's DecimalFormat as far as `format` of a numeric aggregation uses it: `0.00`, `#,##0.#`, `0%`, `$0.00`, `000`.
 */
export function printNumber(value: number, pattern: string): string {
  const [positive = '', negative] = pattern.split(';');
  const chosen = value < 0 && negative !== undefined ? negative : positive;
  const match = /^(?<prefix>[^#0,.]*)(?<digits>[#0,.]*)(?<suffix>.*)$/s.exec(chosen);
  const { prefix = '', digits = '', suffix = '' } = match?.groups ?? {};
  const [whole = '', fraction = ''] = digits.split('.');
  const scaled = Math.abs(value) * (suffix.includes('%') || prefix.includes('%') ? 100 : 1);
  const smallest = (fraction.match(/0/g) ?? []).length;
  const text = scaled.toLocaleString('en-US', {
    useGrouping: whole.includes(','),
    minimumIntegerDigits: Math.min(21, Math.max(1, (whole.match(/0/g) ?? []).length)),
    minimumFractionDigits: Math.min(20, smallest),
    maximumFractionDigits: Math.min(20, fraction.length),
  });
  const sign = value < 0 && negative === undefined ? '-' : '';
  const unquote = (part: string) => part.replace(/'([^']*)'/g, '$1');
  return `${sign}${unquote(prefix)}${text}${unquote(suffix)}`;
}
