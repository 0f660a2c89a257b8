import { describe, expect, it } from 'vitest';
import { memoryClient, type ToolAnswer } from '../testing/mcp-clients.ts';
import { durations, foundTrace, recordedApi, startMillis, tracesOver } from '../testing/recorded-api.ts';

const now = startMillis + 60_000;
const itemsOf = ({ structuredContent }: ToolAnswer, name: string) =>
  (structuredContent?.[name] ?? []) as readonly Record<string, unknown>[];

describe('slow_calls', () => {
  it('asks for spans from the bucket that holds enough of them', async () => {
    const api = recordedApi();
    api.answer('/api/traces/exemplars', () => durations({ 20: 5000, 24: 30, 27: 2 }));
    api.answer('/api/traces', tracesOver(Array.from({ length: 32 }, (_, at) => foundTrace(at))));
    const client = await memoryClient(api, { now });
    const answer = await client.call('slow_calls', { agent: 'a "b"', operation: 'get(1)', limit: 10 });
    const filter = 'resource.service.name = "a \\"b\\"" && name =~ ".*get\\\\(1\\\\).*"';
    expect(api.asked.map(({ query }) => query.get('q'))).toEqual([`{ ${filter} }`, `{ ${filter} && duration >= ${2 ** 24}ns }`]);
    expect(itemsOf(answer, 'calls').map(({ duration_ms }) => duration_ms)).toEqual([32, 31, 30, 29, 28, 27, 26, 25, 24, 23]);
    expect(answer.structuredContent).toMatchObject({ slower_than_ms: 16.777, left_out: ['5000 spans that were faster.'] });
    await client.close();
  });

  it.each([
    [{}, undefined],
    [{ 20: 5000 }, 2 ** 20],
    [{ 20: 5000, 21: 3 }, 2 ** 21],
    [{ 0: 2 }, 1],
  ] as const)('with durations %j looks from %s ns on', async (spans, expected) => {
    const api = recordedApi();
    api.answer('/api/traces/exemplars', () => durations(spans));
    api.answer('/api/traces', tracesOver([]));
    const client = await memoryClient(api, { now });
    expect((await client.call('slow_calls')).isError ?? false).toBe(false);
    expect(api.asked[1]?.query.get('q')).toBe(expected === undefined ? undefined : `{ duration >= ${expected}ns }`);
    await client.close();
  });

  it('says when it could not look at every span', async () => {
    const api = recordedApi();
    const [found] = [foundTrace(1)];
    api.answer('/api/traces/exemplars', () => durations({ 22: 5000 }));
    api.answer('/api/traces', tracesOver([{ ...found, span_sets: found.span_sets.map((set) => ({ ...set, matched: 5000 })) }]));
    const client = await memoryClient(api, { now });
    const { structuredContent } = await client.call('slow_calls');
    expect(structuredContent).toMatchObject({
      slower_than_ms: null,
      left_out: [expect.stringContaining('Not every span of 4.19ms and more')],
    });
    await client.close();
  });
});
