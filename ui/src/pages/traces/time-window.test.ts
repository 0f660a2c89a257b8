import { describe, expect, it } from 'vitest';
import { barOf, parseWindow, printWindow, scaleOf, zoomed } from './time-window.ts';

const whole = { from: 0, to: 1_000_000 };

describe('barOf', () => {
  it.each([
    ['within', 250_000, 500_000, { left: 25, width: 25 }],
    ['cut on the left', -100, 500_000, { left: 0, width: 50 }],
    ['cut on the right', 900_000, 9e9, { left: 90, width: 10 }],
    ['without length', 500_000, 500_000, { left: 50, width: 0 }],
    ['before', -10, -5, undefined],
    ['behind', 1_000_001, 2e6, undefined],
  ])('is %s', (_, start, end, expected) => {
    expect(barOf(whole, start, end)).toEqual(expected);
  });
});

describe('windows', () => {
  it('zoom around a time, which stays where it is', () => {
    expect(zoomed(whole, whole, 0.5, 400_000)).toEqual({ from: 200_000, to: 700_000 });
    expect(zoomed({ from: 200_000, to: 700_000 }, whole, 2, 400_000)).toEqual(whole);
    expect(zoomed({ from: 0, to: 1000 }, whole, 0.5, 0)).toEqual({ from: 0, to: 1000 });
  });

  it.each(['', 'x', '5_5', '9_1', '2000_3000', '1_2_3'])('are the whole for %j', (text) => {
    expect(parseWindow(text, whole)).toEqual(whole);
  });

  it('stand in the URL', () => {
    expect(parseWindow(printWindow({ from: 100_000, to: 200_000 }), whole)).toEqual({ from: 100_000, to: 200_000 });
    expect(parseWindow('-5_500', whole)).toEqual({ from: 0, to: 500_000 });
  });

  it('have round scales', () => {
    expect(scaleOf(whole, 5)).toEqual([0, 200_000, 400_000, 600_000, 800_000, 1_000_000]);
    expect(scaleOf({ from: 150, to: 1_150 }, 4)).toEqual([500, 1000]);
  });
});
