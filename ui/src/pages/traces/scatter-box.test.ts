import { describe, expect, it } from 'vitest';
import { isInBox, nearest, parseBox, printBox, slowestBox } from './scatter-box.ts';
import type { FoundTrace } from './trace-api.ts';

const trace = (start: number, duration: number): FoundTrace => ({
  trace_id: `${start}`,
  root_service: 's',
  root_name: 'n',
  state: 'complete',
  success: true,
  start_nanos: `${start}000000`,
  duration_nanos: String(Math.round(duration * 1e6)),
  span_count: 1,
  error_count: 0,
  services: ['s'],
});

describe('the box of a scatter', () => {
  it('stands in the URL', () => {
    const box = { startMillis: 1000, endMillis: 2000, least: 0.5, most: 120 };
    expect(parseBox(printBox(box))).toEqual(box);
  });

  it.each(['', '1_2_3', '1_2_3_x', '2_1_1_2', '1_2_2_2', '1_2_3_4_5'])('is none for %j', (text) => {
    expect(parseBox(text)).toBeUndefined();
  });

  it.each([
    [1500, 100, true],
    [999, 100, false],
    [1500, 0, false],
    [2000, 120, true],
    [1500, 121, false],
  ])('has a trace at %i of %i ms: %s', (start, duration, expected) => {
    expect(isInBox(trace(start, duration), { startMillis: 1000, endMillis: 2000, least: 0.5, most: 120 })).toBe(expected);
  });
});

describe('the slowest', () => {
  const interval = { startMillis: 0, endMillis: 5000 };
  const traces = (durations: readonly number[]) => durations.map((duration, at) => trace(1000 + at, duration));

  it('are a tenth of all, also after the URL', () => {
    const found = traces([7, 1, 2, 3, 4, 5, 1234.5678, 6, 8, 9, 10, 11]);
    const box = slowestBox(found, interval);
    const read = box && parseBox(printBox(box));
    expect(found.filter((one) => read && isInBox(one, read)).map(({ duration_nanos }) => duration_nanos)).toEqual([
      '1234567800',
      '11000000',
    ]);
  });

  it('are none of a few, or of equals', () => {
    expect(slowestBox(traces([1, 2, 3]), interval)).toBeUndefined();
    expect(slowestBox(traces(Array.from({ length: 20 }, () => 5)), interval)).toBeUndefined();
  });
});

describe('nearest', () => {
  it('finds the trace under the pointer, and none far from all', () => {
    const traces = [trace(0, 0), trace(10, 10)];
    const place = ({ start_nanos }: FoundTrace) => [Number(start_nanos) / 1e6, 0] as const;
    expect(nearest(traces, 8, 3, place)?.trace_id).toBe('10');
    expect(nearest(traces, 60, 0, place)).toBeUndefined();
  });
});
