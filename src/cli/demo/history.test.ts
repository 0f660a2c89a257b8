import { expect, it } from 'vitest';
import { type History, inventHistory, inventSlices } from './history.ts';
import { agentNames, serverNames } from './plan.ts';

const hour = 3_600_000;
const toMillis = Date.parse('2026-03-01T12:00:00Z');
const servers = serverNames.map((name) => ({ name, recordedName: `${name}-standin`, version: '3.2.1' }));
const options = { notes: '/tmp/notes', servers, toMillis };
const past = (seed: number) => inventHistory({ ...options, seed, fromMillis: toMillis - hour });

type SpanFields = Readonly<{
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}>;
const spansOf = ({ spans }: History) => spans.map(({ span }) => span as unknown as SpanFields);
const millisOf = (nanos: string) => Number(BigInt(nanos) / 1000n) / 1000;

it('is the same for the same seed, but for its ids', async () => {
  const story = (history: History) =>
    spansOf(history).map(({ name, startTimeUnixNano, endTimeUnixNano }) => [name, startTimeUnixNano, endTimeUnixNano]);
  const [first, again, other] = await Promise.all([past(1), past(1), past(2)]);
  expect(story(again)).toEqual(story(first));
  expect(story(other)).not.toEqual(story(first));
  expect(spansOf(again)[0]?.traceId).not.toBe(spansOf(first)[0]?.traceId);
});

it('fills the time and nothing beyond it', async () => {
  const { logs, ...rest } = await past(1);
  const spans = spansOf({ logs, ...rest });
  const starts = spans.map(({ startTimeUnixNano }) => millisOf(startTimeUnixNano));
  const ends = [
    ...spans.map(({ endTimeUnixNano }) => millisOf(endTimeUnixNano)),
    ...logs.map(({ document }) => Date.parse(String(document.timestamp))),
  ];
  expect(Math.min(...starts)).toBeGreaterThanOrEqual(toMillis - hour);
  expect(Math.max(...ends)).toBeLessThanOrEqual(toMillis);
  for (let minute = 0; minute < 60; minute++) {
    const from = toMillis - (minute + 1) * 60_000;
    expect(starts.filter((start) => start >= from && start < from + 60_000).length).toBeGreaterThan(10);
  }
});

it('is made of whole traces of all agents and servers, in their earlier versions', async () => {
  const history = await past(1);
  const spans = spansOf(history);
  const known = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
  expect(spans.filter(({ traceId, parentSpanId }) => parentSpanId !== '' && !known.has(`${traceId} ${parentSpanId}`))).toEqual([]);
  expect(new Set(history.spans.map(({ resource }) => resource['service.name']))).toEqual(
    new Set([...agentNames, ...serverNames.map((name) => `${name}-standin`)]),
  );
  const versions = history.spans
    .filter(({ resource }) => resource['service.name'] === 'report-agent')
    .map(({ resource }) => resource['service.version']);
  expect(new Set(versions)).toEqual(new Set(['1.4.2']));
  const ofServers = history.logs
    .filter(({ index }) => index === 'mcp-calls')
    .map(({ document }) => document.service as { version: string });
  expect(new Set(ofServers.map(({ version }) => version))).toEqual(new Set(['3.2.1']));
  const errors = history.logs.filter(({ document }) => document.level === 'ERROR').map(({ document }) => String(document.msg));
  expect(errors.some((msg) => msg.includes('Access denied'))).toBe(true);
  expect(errors.some((msg) => msg.includes('db-primary'))).toBe(false);
});

it('comes in slices, the newest first', async () => {
  const ends: number[] = [];
  for await (const slice of inventSlices({ ...options, seed: 1, fromMillis: toMillis - hour })) {
    ends.push(Math.max(...spansOf(slice).map(({ endTimeUnixNano }) => millisOf(endTimeUnixNano))));
  }
  expect(ends).toHaveLength(4);
  expect(ends.toSorted((a, b) => b - a)).toEqual(ends);
});

it('is nothing when there is no time for it', async () => {
  const slices: History[] = [];
  for await (const slice of inventSlices({ ...options, seed: 1, fromMillis: toMillis })) slices.push(slice);
  expect(slices).toEqual([]);
});
