import type { Changes } from '../../api/changes.ts';
import type { Activity } from '../../api/tools.ts';

/** Where over the steps of the activity new versions came, of one service or of all, as shares of the time. */
export function versionMarks(
  changes: Pick<Changes, 'new_versions'> | undefined,
  { start, steps, step_ms }: Pick<Activity, 'start' | 'steps' | 'step_ms'>,
  service?: string,
): readonly number[] {
  const shares = (changes?.new_versions ?? [])
    .filter((one) => service === undefined || one.service === service)
    .map(({ first }) => (Date.parse(first) - Date.parse(start)) / (steps * step_ms));
  return [...new Set(shares)].filter((share) => share >= 0 && share <= 1);
}
