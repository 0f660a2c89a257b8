/** A line of values in the height of a row; null breaks it. Decoration beside a number, so it is hidden from screen readers. */
export function Sparkline({
  values,
  colour = 'var(--accent)',
  width = 80,
  height = 18,
  most: scale,
  marks = [],
}: Readonly<{
  values: readonly (number | null)[];
  colour?: string;
  width?: number;
  height?: number;
  /** What the full height stands for; without it, the largest value. */
  most?: number;
  /** Shares of the width, from 0 to 1, at which something happened that is said elsewhere. */
  marks?: readonly number[];
}>) {
  const most = Math.max(1e-9, scale ?? 0, ...values.map((value) => value ?? 0));
  const step = width / Math.max(1, values.length - 1);
  const path = values
    .map((value, at) => {
      if (value === null) return '';
      const isFirst = at === 0 || values[at - 1] === null;
      return `${isFirst ? 'M' : 'L'}${(at * step).toFixed(1)} ${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`;
    })
    .join('');
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {marks.map((share) => (
        <path key={share} d={`M${share * width} 0V${height}`} stroke="var(--text-2)" strokeDasharray="2 2" />
      ))}
      <path d={path} fill="none" stroke={colour} strokeWidth="1.3" />
    </svg>
  );
}
