import { describe, expect, it } from 'vitest';
import { memoryClient, type ToolAnswer } from '../testing/mcp-clients.ts';
import { recordedApi, startMillis, traceIdOf } from '../testing/recorded-api.ts';

const now = startMillis + 60_000;
const textOf = ({ content }: ToolAnswer) => content[0]?.text ?? '';

describe('what_changed', () => {
  it('tells what /api/changes found', async () => {
    const api = recordedApi();
    const error = (message: string, count: number, count_before: number, change: string, agent: string) => ({
      message,
      pattern: message,
      count,
      count_before,
      change,
      agent,
      exception: 'TimeoutError',
      trace_id: traceIdOf(1),
      first: null,
      last: null,
    });
    const numbers = {
      agent: 'weather-agent',
      calls: 100,
      calls_before: 90,
      p95_ms: 90,
      p95_ms_before: 20,
      error_rate: 0.3,
      error_rate_before: 0,
    };
    api.answer('/api/changes', () => ({
      json: {
        window: { start: '2026-01-31T11:46:00.000Z', end: '2026-01-31T12:01:00.000Z' },
        before: { start: '2026-01-31T11:31:00.000Z', end: '2026-01-31T11:46:00.000Z' },
        errors: [
          error('no "city" given', 7, 0, 'new', 'weather-agent'),
          error('slow query 2', 40, 2, 'more', 'db-agent'),
          error('as ever', 5, 5, 'known', 'db-agent'),
        ],
        failing_more: [numbers],
        slower: [numbers],
        new_agents: [],
        silent_agents: ['gone-agent'],
        new_versions: [{ service: 'weather', version: '1.1.0', before: ['1.0.0'], first: '2026-01-31T11:50:00.000Z' }],
        not_compared: 3,
        missing: ['Calls: it took too long'],
      },
    }));
    const client = await memoryClient(api, { now });
    const answer = await client.call('what_changed');
    expect(api.asked.map(({ query }) => [query.get('start'), query.get('end')])).toEqual([
      ['2026-01-31T11:46:00.000Z', '2026-01-31T12:00:59.999Z'],
    ]);
    expect(answer.structuredContent).toMatchObject({
      new_errors: [{ message: 'no "city" given', count: 7, agent: 'weather-agent', count_before: 0, trace_id: traceIdOf(1) }],
      more_errors: [{ message: 'slow query 2', count: 40, count_before: 2 }],
      failing_more: [{ agent: 'weather-agent', error_rate: 0.3, error_rate_before: 0 }],
      slower: [{ agent: 'weather-agent', p95_ms: 90, p95_ms_before: 20 }],
      new_agents: [],
      silent_agents: [{ name: 'gone-agent' }],
      new_versions: [{ name: 'weather 1.1.0' }],
    });
    const said = textOf(answer);
    expect(said).toContain(`7 × no "city" given, from weather-agent (trace ${traceIdOf(1)}); before: 0`);
    expect(said).toContain('weather 1.1.0, since 2026-01-31T11:50:00.000Z (before: 1.0.0)');
    expect(said).toContain('Calls: it took too long');
    expect(said).toContain('3 error records with rarer messages were not compared.');
    await client.close();
  });
});
