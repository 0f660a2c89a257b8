import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from '../../lib/pause.ts';
import { traceparentOf } from './history.ts';
import type { McpServerSlot } from './mcp-servers.ts';
import type { AgentCall, ToolResult } from './plan.ts';
import { agentLog, newTraceId, type Sink } from './records.ts';
import { type FlowPorts, runFlow } from './run-flow.ts';
import { openingFlows, planFlow, versionOf, versions } from './scenario.ts';
import { seededChance } from './seeded-chance.ts';

/** Mean time between two requests of users. */
const gapMillis = 600;

/** More requests are not carried out at the same time: a slow machine gets fewer. */
const maxFlows = 12;

/** What is under way when the demo is stopped may end, for so long. */
const graceMillis = 2000;

/** Then the version that leaks is taken back, and after as long again it is deployed once more. */
const incidentMillis = 4 * 60_000;

type LiveOptions = Readonly<{
  seed: number;
  notes: string;
  servers: readonly McpServerSlot[];
  sink: Sink;
  counted: (kind: string | undefined) => void;
  /** From the first request on; undefined: never. */
  incidentAfterMillis: number | undefined;
  /** Of the first request. */
  firstTraceId: string;
  signal: AbortSignal;
}>;

const unixMillis = () => performance.timeOrigin + performance.now();

/** Users ask, agents call each other and the servers, until the signal aborts. */
export async function runLive(options: LiveOptions): Promise<void> {
  const { signal, sink, counted, notes } = options;
  // Another one than the history's, so that the length of that changes nothing here.
  const chance = seededChance(options.seed ^ 0x5eed);
  const servers = new Map(options.servers.map((server) => [server.name, server]));
  const started = performance.now();
  const isIncidentNow = () => isIncident(performance.now() - started, options.incidentAfterMillis);
  let deployed = false;
  const ports: FlowPorts = {
    now: unixMillis,
    sleep: (millis) => pause(millis, signal),
    callTool: async ({ server, tool, args, giveUp }, place): Promise<ToolResult> =>
      (await servers.get(server)?.client?.callTool(tool, args, { traceparent: traceparentOf(place), giveUp })) ?? notRunning,
    versionOf: (agent) => versionOf(agent, deployed),
    sink,
    counted,
  };
  const flows = new Set<Promise<unknown>>();
  const begin = (plan: AgentCall, traceId: string) => {
    const flow = runFlow(plan, traceId, ports).finally(() => flows.delete(flow));
    flows.add(flow);
  };
  const [first, ...more] = openingFlows({ chance, notes, isIncident: false });
  begin(first, options.firstTraceId);
  for (const plan of more) begin(plan, newTraceId());
  while (!signal.aborted) {
    await ports.sleep(chance.between(0.3, 1.7) * gapMillis);
    if (isIncidentNow() !== deployed) {
      deployed = !deployed;
      sink.log(deployment(deployed));
    }
    if (flows.size < maxFlows && !signal.aborted) begin(planFlow({ chance, notes, isIncident: deployed }), newTraceId());
  }
  await Promise.race([Promise.allSettled(flows), sleep(graceMillis)]);
}

const notRunning: ToolResult = { outcome: 'transport', text: 'the server does not run' };

export const isIncident = (sinceStartMillis: number, afterMillis: number | undefined): boolean =>
  afterMillis !== undefined && sinceStartMillis >= afterMillis && (sinceStartMillis - afterMillis) % (2 * incidentMillis) < incidentMillis;

function deployment(isNew: boolean) {
  const [to, from] = isNew ? [versions.after, versions.before] : [versions.before, versions.after];
  const audit = { action: 'deploy', resource: 'report-agent', result: 'success', user_id: 'ci' };
  const msg = `report-agent ${to} was deployed (before: ${from})`;
  return agentLog(
    { agent: 'report-agent', version: to },
    { timeMillis: unixMillis(), level: 'INFO', msg, fields: { user_id: 'ci', audit } },
  );
}
