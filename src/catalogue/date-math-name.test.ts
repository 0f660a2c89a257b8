import { expect, it } from 'vitest';
import { resolveDateMathName } from './date-math-name.ts';

const now = Date.UTC(2026, 10, 20, 23, 52, 35, 7);

it.each([
  ['logs', 'logs'],
  ['<logs-{now/d}>', 'logs-2026.11.20'],
  ['<logs-{now/d{yyyy.MM.dd|+12:00}}-000001>', 'logs-2026.11.21-000001'],
  ['<logs-{now/M{yyyy-MM}}>', 'logs-2026-11'],
  ['<logs-{now/M-1M{yyyy.MM}}>', 'logs-2026.10'],
  ['<logs-{now-1d/d}-{now{HH.mm.ss.SSS}}>', 'logs-2026.11.19-23.52.35.007'],
  ['<logs-{now/w{xxxx.ww}}>', 'logs-2026.47'],
  ['<logs-{now/w}>', 'logs-2026.11.16'],
  ['<logs-{now/d{yyyy.MM.dd|Asia/Tokyo}}>', 'logs-2026.11.21'],
  ['<logs-{now+1y{yy}}>', 'logs-27'],
  ['<a\\{b\\}-{now/d}>', 'a{b}-2026.11.20'],
])('%s is %s', (name, expected) => expect(resolveDateMathName(name, now)).toBe(expected));

it.each([
  '<a-{now/d>',
  '<a-{yesterday}>',
  '<a-{now/q}>',
  '<a-{now{QQ}}>',
  '<a-}>',
  '<a-{now{yyyy|Nowhere/Land}}>',
  '<a-{now+999999y}>',
  '<a-{}>',
])('refuses %s', (name) => expect(() => resolveDateMathName(name, now)).toThrow('invalid dynamic name expression'));

it('keeps the end of a shorter month', () => {
  expect(resolveDateMathName('<{now-1M}>', Date.UTC(2026, 2, 31))).toBe('2026.02.28');
});
