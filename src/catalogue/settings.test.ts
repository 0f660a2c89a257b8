import { describe, expect, it } from 'vitest';
import { flattenSettings, mergeSettings, nestSettings, parseDurationMillis, parseSizeBytes, updateSettings } from './settings.ts';

const form = { 'index.number_of_replicas': '0', 'index.refresh_interval': '30s' };

it.each([
  { index: { refresh_interval: '30s', number_of_replicas: 0 } },
  { 'index.refresh_interval': '30s', 'index.number_of_replicas': '0' },
  { refresh_interval: '30s', number_of_replicas: 0 },
  { settings: { index: { refresh_interval: '30s' }, number_of_replicas: 0 } },
])('reads %j', (sent) => expect(flattenSettings(sent)).toEqual(form));

it.each([
  [{ number_of_shards: 0 }, 'must be >= 1'],
  [{ number_of_replicas: 'many' }, 'is not an integer'],
  [{ refresh_interval: 'soon' }, 'is not a time value'],
  [{ 'blocks.write': 'yes' }, 'only [true] or [false]'],
  [{ uuid: 'x' }, 'private index setting [index.uuid]'],
  [[1], 'must be an object'],
])('refuses %j', (sent, reason) => expect(() => flattenSettings(sent as never)).toThrow(reason));

it('nests again, with dots where a name is value and prefix', () => {
  const flat = mergeSettings(
    flattenSettings({ index: { a: 1, 'a.b': 2, analysis: { analyzer: { x: { filter: ['lowercase', 'stop'] } } }, on: true } }),
  );
  expect(nestSettings(flat)).toEqual({
    index: { a: '1', 'a.b': '2', analysis: { analyzer: { x: { filter: ['lowercase', 'stop'] } } }, on: 'true' },
  });
});

describe('updateSettings', () => {
  const index = { label: 'i/uuid', open: true };
  it('refuses static settings of open indices', () => {
    expect(() => updateSettings({}, { 'index.codec': 'x' }, index, false)).toThrow(
      "Can't update non dynamic settings [[index.codec]] for open indices [[i/uuid]]",
    );
    expect(updateSettings({}, { 'index.codec': 'x' }, { ...index, open: false }, false)).toEqual({ 'index.codec': 'x' });
  });
  it('removes with null and preserves on request', () => {
    expect(updateSettings(form, { 'index.refresh_interval': null }, index, false)).toEqual({ 'index.number_of_replicas': '0' });
    expect(updateSettings(form, { 'index.refresh_interval': '1s', 'index.x': '1' }, index, true)).toEqual({ ...form, 'index.x': '1' });
  });
});

it.each([
  ['30s', 30_000],
  ['1d', 86_400_000],
  ['1.5h', 5_400_000],
  ['0', 0],
  ['0ms', 0],
  ['-1', Number.POSITIVE_INFINITY],
  ['5', undefined],
  ['1y', undefined],
  ['', undefined],
])('duration %j is %s ms', (text, millis) => expect(parseDurationMillis(text)).toBe(millis));
it.each([
  ['50gb', 50 * 2 ** 30],
  ['1024', 1024],
  ['1k', 1024],
  ['10 mb', 10 * 2 ** 20],
  ['x', undefined],
])('size %j is %s bytes', (text, bytes) => expect(parseSizeBytes(text)).toBe(bytes));
