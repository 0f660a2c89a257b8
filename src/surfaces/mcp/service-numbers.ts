import { count, objects, text } from '../../lib/json/json-members.ts';
import type { Window } from './cursor.ts';
import { rangeParameters } from './time-window.ts';
import type { ToolContext } from './tool.ts';

export type ServiceNumbers = Readonly<{ calls: number; errors: number; p50: number; p95: number }>;

const decimals = (value: number) => Math.round(value * 1e3) / 1e3;

/** Calls, failures and percentiles (milliseconds) of each agent that sent spans in a window. */
export async function serviceNumbers({ get }: ToolContext, window: Window): Promise<ReadonlyMap<string, ServiceNumbers>> {
  const answer = await get('/api/traces/map', rangeParameters(window));
  return new Map(
    objects(answer.nodes).map((node) => [
      text(node.service),
      { calls: count(node.calls), errors: count(node.errors), p50: decimals(count(node.p50_ms)), p95: decimals(count(node.p95_ms)) },
    ]),
  );
}
