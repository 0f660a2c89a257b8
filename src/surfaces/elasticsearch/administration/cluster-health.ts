import { setTimeout as sleep } from 'node:timers/promises';
import { parseDurationMillis } from '../../../catalogue/settings.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { ExactNumber } from '../../../lib/json/json-text.ts';
import type { Call } from '../call.ts';
import type { Answer } from '../send-answer.ts';
import type { AdministrationPorts } from './administration-ports.ts';
import { indicesOf } from './index-expression.ts';

const ranks: Readonly<Record<string, number>> = { red: 0, yellow: 1, green: 2 };

/** Health in Elasticsearch's form. An index is one shard on the one node, and replicas that are asked for but not needed do not count. */
export function clusterHealth(
  ports: AdministrationPorts,
  active = [...ports.catalogue.state.index.values()].filter(({ open }) => open).length,
) {
  const status = ports.health();
  const assigned = status === 'red' ? 0 : active;
  return {
    cluster_name: ports.identity.clusterName,
    status,
    timed_out: false,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
    active_primary_shards: assigned,
    active_shards: assigned,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: active - assigned,
    unassigned_primary_shards: active - assigned,
    delayed_unassigned_shards: 0,
    number_of_pending_tasks: 0,
    number_of_in_flight_fetch: 0,
    task_max_waiting_in_queue_millis: 0,
    active_shards_percent_as_number: new ExactNumber(((active === 0 ? 1 : assigned / active) * 100).toFixed(1)),
  };
}

/** Whether one node satisfies `wait_for_nodes`, such as `1`, `>=1` or `ge(1)`. */
function enoughNodes(text: string): boolean {
  const parts = /^(>=|<=|>|<|ge|le|gt|lt)?\(?(\d{1,9})\)?$/.exec(text.trim());
  if (!parts) throw illegalArgument(`failed to parse [wait_for_nodes] with value [${text}]`);
  const wanted = Number(parts[2]);
  const tests: Readonly<Record<string, boolean>> = { '>=': 1 >= wanted, ge: 1 >= wanted, '<=': 1 <= wanted, le: 1 <= wanted };
  const strict: Readonly<Record<string, boolean>> = { '>': 1 > wanted, gt: 1 > wanted, '<': 1 < wanted, lt: 1 < wanted };
  return parts[1] === undefined ? wanted === 1 : (tests[parts[1]] ?? strict[parts[1]] ?? false);
}

const pollMillis = 100;

/** `GET /_cluster/health`, waiting for a status when asked to; 408 with the same body when the wait was in vain. */
export async function answerHealth(call: Call, ports: AdministrationPorts): Promise<Answer> {
  const wanted = call.text('wait_for_status')?.toLowerCase();
  if (wanted !== undefined && !Object.hasOwn(ranks, wanted)) throw illegalArgument(`unknown cluster health status [${wanted}]`);
  const timeout = parseDurationMillis(call.text('timeout') ?? '30s');
  if (timeout === undefined || !Number.isFinite(timeout))
    throw illegalArgument(`failed to parse setting [timeout] with value [${call.text('timeout')}] as a time value`);
  const nodes = call.text('wait_for_nodes');
  const nodesMet = nodes === undefined || enoughNodes(nodes);
  const deadline = Date.now() + timeout;
  for (;;) {
    const count = call.param('index') === undefined ? undefined : indicesOf(call, ports, {}).length;
    const health = clusterHealth(ports, count);
    const met = nodesMet && (wanted === undefined || (ranks[health.status] as number) >= (ranks[wanted] as number));
    if (met) return { json: health };
    if (Date.now() >= deadline || call.signal.aborted) return { status: 408, json: { ...health, timed_out: true } };
    await sleep(Math.min(pollMillis, Math.max(deadline - Date.now(), 1)));
  }
}
