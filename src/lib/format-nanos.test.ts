import { expect, it } from 'vitest';
import { formatNanos } from './format-nanos.ts';

it.each<[bigint, string]>([
  [0n, '0ns'],
  [999n, '999ns'],
  [420_400n, '420µs'],
  [999_600n, '1ms'],
  [2_500_000n, '2.5ms'],
  [15_000_000n, '15ms'],
  [14_540_000n, '14.5ms'],
  [100_000_000n, '100ms'],
  [999_700_000n, '1s'],
  [1_234_000_000n, '1.23s'],
  [59_980_000_000n, '1m0s'],
  [302_000_000_000n, '5m2s'],
  [12_000_000_000_000n, '3h20m'],
  [-15_000_000n, '-15ms'],
])('prints %s ns as %s', (nanos, text) => expect(formatNanos(nanos)).toBe(text));
