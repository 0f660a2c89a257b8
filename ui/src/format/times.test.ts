import { describe, expect, it } from 'vitest';
import { formatAgo, formatTick, formatTime } from './times.ts';

const at = Date.parse('2026-11-21T23:04:05.006Z');

describe('times', () => {
  it.each([
    [86_400_000, 'UTC', '11-21'],
    [3_600_000, 'UTC', '23:04'],
    [60_000, 'Asia/Tokyo', '08:04'],
    [5000, 'UTC', '23:04:05'],
    [10, 'UTC', '04:05.006'],
  ])('have ticks every %i ms in %s: %s', (step, zone, label) => {
    expect(formatTick(at, step, zone)).toBe(label);
  });

  it.each([
    [at, '23:04:05.006'],
    [at - 86_400_000, '2026-11-20 23:04:05.006'],
  ])('say the day only when it is another: %i', (millis, text) => {
    expect(formatTime(millis, 'UTC', at)).toBe(text);
  });

  it.each([
    [0, '0 s ago'],
    [59_000, '59 s ago'],
    [61_000, '1 m ago'],
    [3_600_000, '22:04:05'],
    [-60_000, '23:05:05'],
  ])('are relative within the hour: %i ms', (age, text) => {
    expect(formatAgo(at - age, 'UTC', at)).toBe(text);
  });
});
