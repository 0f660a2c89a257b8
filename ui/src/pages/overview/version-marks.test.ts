import { expect, it } from 'vitest';
import { versionMarks } from './version-marks.ts';

const activity = { start: '2026-11-21T10:00:00.000Z', steps: 60, step_ms: 60_000 };
const version = (service: string, first: string) => ({ service, version: '2', before: ['1'], first });
const changes = {
  new_versions: [
    version('a', '2026-11-21T10:15:00.000Z'),
    version('b', '2026-11-21T10:30:00.000Z'),
    version('b', '2026-11-21T11:00:01.000Z'),
    version('c', '2026-11-21T10:30:00.000Z'),
  ],
};

it.each([
  [undefined, [0.25, 0.5]],
  ['a', [0.25]],
  ['b', [0.5]],
  ['d', []],
])('new versions of %s stand at their time', (service, expected) => {
  expect(versionMarks(changes, activity, service)).toEqual(expected);
});

it('there are none before the changes are known', () => {
  expect(versionMarks(undefined, activity)).toEqual([]);
});
