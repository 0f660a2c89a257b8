import { describe, expect, it } from 'vitest';
import { formatBytes, formatMillis, parseBytes, parseMillis, roundBytes } from './quantity.ts';

describe('quantities', () => {
  it.each([
    ['0', 0],
    ['1000', 1000],
    ['512MiB', 512 * 1024 ** 2],
    ['1.5 gib', 1.5 * 1024 ** 3],
    ['1GB', 1e9],
    ['2k', 2048],
    ['-1', undefined],
    ['', undefined],
    ['MiB', undefined],
    ['1e9', undefined],
    ['5 parsecs', undefined],
    ['5constructor', undefined],
    ['9'.repeat(400), undefined],
  ])('reads the size %j', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each([
    ['500ms', 500],
    ['30d', 30 * 86_400_000],
    ['1.5h', 5_400_000],
    ['15m', 900_000],
    ['250', 250],
    ['1 fortnight', undefined],
  ])('reads the duration %j', (text, millis) => {
    expect(parseMillis(text)).toBe(millis);
  });

  it.each([1, 1000, 1024, 1536, 1024 ** 3, 1024 ** 4, 123_456_789])('prints %d so that it reads back', (value) => {
    expect(parseBytes(formatBytes(value))).toBe(value);
    expect(parseMillis(formatMillis(value))).toBe(value);
  });

  it('rounds for people', () => {
    expect([0, 999, 1536, 150 * 1024 ** 2, 1024 ** 5].map(roundBytes)).toEqual(['0 B', '999 B', '1.5 KiB', '150 MiB', '1024 TiB']);
  });
});
