const trimmed = (value: number, digits: number) => value.toFixed(digits).replace(/\.?0+$/, '');

/** Three to four digits and a unit, for people: `420µs`, `2.5ms`, `15ms`, `1.23s`, `5m2s`, `3h20m`. */
export function formatNanos(nanos: bigint): string {
  if (nanos < 0n) return `-${formatNanos(-nanos)}`;
  if (nanos < 1000n) return `${nanos}ns`;
  const micros = Number(nanos) / 1e3;
  if (micros < 999.5) return `${Math.round(micros)}µs`;
  const millis = micros / 1e3;
  if (millis < 999.5) return `${millis < 9.95 ? trimmed(millis, 2) : millis < 99.95 ? trimmed(millis, 1) : Math.round(millis)}ms`;
  const seconds = millis / 1e3;
  if (seconds < 59.95) return `${trimmed(seconds, seconds < 9.95 ? 2 : 1)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m${whole % 60}s`;
  return `${Math.floor(whole / 3600)}h${Math.floor((whole % 3600) / 60)}m`;
}
