/** The value below which the share `part` of the values lies (nearest rank). */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * part) - 1))];
}

export const median = (values) => quantile(values, 0.5);
