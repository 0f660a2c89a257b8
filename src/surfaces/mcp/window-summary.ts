import { attempt } from './ask.ts';
import type { Window } from './cursor.ts';
import { type CountedMessages, messageAggregation, readMessages } from './error-messages.ts';
import { objectOf, objects, text } from './json-members.ts';
import { errorQuery, inWindow } from './log-records.ts';
import { type ServiceNumbers, serviceNumbers } from './service-numbers.ts';
import { rangeParameters } from './time-window.ts';
import type { ToolContext } from './tool.ts';

/** What two windows are compared by. */
export type WindowSummary = Readonly<{
  errors: CountedMessages;
  numbers: ReadonlyMap<string, ServiceNumbers>;
  /** Agents and services that sent log records or spans. */
  agents: ReadonlySet<string>;
  /** `service version` of log records, and `version` alone of spans. */
  versions: ReadonlySet<string>;
  /** Why parts of it are missing. */
  missing: readonly string[];
}>;

const maxMessages = 1000;
const maxAgents = 1000;
const maxVersions = 20;

type FromLogs = Pick<WindowSummary, 'errors' | 'agents' | 'versions'>;
const nothing: FromLogs = { errors: { messages: [], others: 0 }, agents: new Set(), versions: new Set() };

export async function summariseWindow(context: ToolContext, window: Window): Promise<WindowSummary> {
  const logs = await attempt(fromLogs(context, window));
  const numbers = await attempt(serviceNumbers(context, window));
  const versions = await attempt(spanVersions(context, window));
  if ('reason' in logs && 'reason' in numbers) throw logs.error;
  const found = 'value' in logs ? logs.value : nothing;
  const services: ReadonlyMap<string, ServiceNumbers> = 'value' in numbers ? numbers.value : new Map();
  return {
    errors: found.errors,
    numbers: services,
    agents: new Set([...found.agents, ...services.keys()]),
    versions: new Set([...found.versions, ...('value' in versions ? versions.value : [])]),
    missing: [
      ...('reason' in logs ? [`Log records: ${logs.reason}`] : []),
      ...('reason' in numbers ? [`Calls: ${numbers.reason}`] : []),
      ...('reason' in versions ? [`Versions in spans: ${versions.reason}`] : []),
    ],
  };
}

async function fromLogs({ post }: ToolContext, window: Window): Promise<FromLogs> {
  const answer = await post('/elasticsearch/*/_search', {
    size: 0,
    track_total_hits: false,
    query: inWindow({ match_all: {} }, window),
    aggs: {
      errors: { filter: errorQuery, aggs: { messages: messageAggregation(maxMessages) } },
      agents: { terms: { field: 'agent.name', size: maxAgents } },
      services: {
        terms: { field: 'service.name', size: maxAgents },
        aggs: { versions: { terms: { field: 'service.version', size: maxVersions } } },
      },
    },
  });
  const { errors, agents, services } = objectOf(answer.aggregations);
  const serviceBuckets = objects(objectOf(services).buckets);
  const versions = serviceBuckets.flatMap((bucket) =>
    objects(objectOf(bucket.versions).buckets).map((version) => `${text(bucket.key)} ${text(version.key)}`),
  );
  return {
    errors: readMessages(objectOf(objectOf(errors).messages)),
    agents: new Set([...objects(objectOf(agents).buckets), ...serviceBuckets].map(({ key }) => text(key))),
    versions: new Set(versions),
  };
}

async function spanVersions({ get }: ToolContext, window: Window): Promise<readonly string[]> {
  const answer = await get('/api/traces/tags/resource.service.version/values', { ...rangeParameters(window), limit: '200' });
  return objects(answer.values).map(({ value }) => String(value));
}
