import { illegalArgument } from '../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json/json-text.ts';
import { parseDurationMillis, parseSizeBytes } from './settings.ts';

/** Phases in the order in which an index goes through them. */
export const phaseNames = ['hot', 'warm', 'cold', 'frozen', 'delete'] as const;
export type PhaseName = (typeof phaseNames)[number];

/** When an index is rolled over: any `max` that is reached, if no `min` is missed. */
export type RolloverConditions = Readonly<{
  maxAgeMillis?: number;
  maxDocs?: number;
  maxBytes?: number;
  minAgeMillis?: number;
  minDocs?: number;
  minBytes?: number;
}>;

export type Phase = Readonly<{ name: PhaseName; minAgeMillis: number; actions: JsonObject }>;
export type LifecyclePolicy = Readonly<{ phases: readonly Phase[]; rollover: RolloverConditions | undefined }>;

const allowed: Readonly<Record<PhaseName, readonly string[]>> = {
  hot: ['rollover', 'set_priority', 'forcemerge', 'readonly', 'shrink', 'unfollow'],
  warm: ['set_priority', 'forcemerge', 'readonly', 'shrink', 'unfollow', 'migrate'],
  cold: ['set_priority', 'readonly', 'unfollow', 'migrate'],
  frozen: ['unfollow'],
  delete: ['delete'],
};

const unsupported: Readonly<Record<string, string>> = {
  searchable_snapshot: 'there are no snapshots to search',
  downsample: 'documents are kept as they are',
  freeze: 'there is nothing to freeze',
  allocate: 'there is one node to allocate to',
  wait_for_snapshot: 'snapshots are not taken in this version, so the index would never be deleted',
};

/** One condition as sent, such as `["max_age", "1d"]`, by its meaning. */
export function parseRolloverConditions(sent: JsonObject): RolloverConditions {
  const result: Record<string, number> = {};
  for (const [name, value] of Object.entries(sent)) {
    const key = conditionKeys.get(name);
    if (!key) throw illegalArgument(`[conditions] unknown field [${name}]`);
    const number = conditionValue(name, value);
    if (number === undefined) throw illegalArgument(`failed to parse rollover condition [${name}] with value [${String(value)}]`);
    result[key] = Math.min(number, result[key] ?? Number.POSITIVE_INFINITY);
  }
  return result;
}

// An index is one shard here, so the conditions on shards are those on the index.
const conditionKeys: ReadonlyMap<string, keyof RolloverConditions> = new Map([
  ['max_age', 'maxAgeMillis'],
  ['max_docs', 'maxDocs'],
  ['max_size', 'maxBytes'],
  ['max_primary_shard_size', 'maxBytes'],
  ['max_primary_shard_docs', 'maxDocs'],
  ['min_age', 'minAgeMillis'],
  ['min_docs', 'minDocs'],
  ['min_size', 'minBytes'],
  ['min_primary_shard_size', 'minBytes'],
  ['min_primary_shard_docs', 'minDocs'],
]);

function conditionValue(name: string, value: JsonValue): number | undefined {
  if (name.endsWith('_age')) return parseDurationMillis(String(value));
  if (name.endsWith('_size')) return parseSizeBytes(String(value));
  return /^\d+$/.test(String(value)) ? Number(value) : undefined;
}

export type IndexFacts = Readonly<{ ageMillis: number; docs: number; bytes: number }>;

/** Whether each condition is met, by its key. */
export function meets(conditions: RolloverConditions, facts: IndexFacts): Readonly<Record<keyof RolloverConditions, boolean>> {
  const most = (limit: number | undefined, value: number) => limit !== undefined && value >= limit;
  const least = (limit: number | undefined, value: number) => limit === undefined || value >= limit;
  return {
    maxAgeMillis: most(conditions.maxAgeMillis, facts.ageMillis),
    maxDocs: most(conditions.maxDocs, facts.docs),
    maxBytes: most(conditions.maxBytes, facts.bytes),
    minAgeMillis: least(conditions.minAgeMillis, facts.ageMillis),
    minDocs: least(conditions.minDocs, facts.docs),
    minBytes: least(conditions.minBytes, facts.bytes),
  };
}

/** Whether one condition, as sent, is met. Throws 400 for an unknown one. */
export function isConditionMet(name: string, value: JsonValue, facts: IndexFacts): boolean {
  const parsed = parseRolloverConditions({ [name]: value });
  const met = meets(parsed, facts);
  return (Object.keys(parsed) as (keyof RolloverConditions)[]).every((key) => met[key]);
}

export function isRolloverDue(conditions: RolloverConditions, facts: IndexFacts): boolean {
  const met = meets(conditions, facts);
  return (met.maxAgeMillis || met.maxDocs || met.maxBytes) && met.minAgeMillis && met.minDocs && met.minBytes;
}

/**
 * Checks `{phases, _meta}`. Throws 400 for phases, actions and values that Elasticsearch does not have, and for actions that meshscope
 * cannot carry out: a policy that is accepted is applied.
 */
export function parseLifecyclePolicy(body: JsonObject): LifecyclePolicy {
  const unknown = Object.keys(body).find((key) => !['phases', '_meta', 'deprecated'].includes(key));
  if (unknown !== undefined) throw illegalArgument(`[lifecycle_policy] unknown field [${unknown}]`);
  if (!isJsonObject(body.phases)) throw illegalArgument('[phases] of the lifecycle policy is missing');
  for (const name of Object.keys(body.phases)) {
    if (!phaseNames.includes(name as PhaseName)) throw illegalArgument(`Timeseries lifecycle does not support phase [${name}]`);
  }
  const phases = phaseNames.flatMap((name) => {
    const sent = (body.phases as JsonObject)[name];
    return sent === undefined || sent === null ? [] : [parsePhase(name, sent)];
  });
  const rollover = phases.find(({ name }) => name === 'hot')?.actions.rollover;
  return { phases, rollover: rollover === undefined ? undefined : parseRolloverConditions(rollover as JsonObject) };
}

function parsePhase(name: PhaseName, sent: JsonValue): Phase {
  if (!isJsonObject(sent)) throw illegalArgument(`phase [${name}] must be an object`);
  const age = sent.min_age ?? '0ms';
  const minAgeMillis = parseDurationMillis(String(age));
  if (minAgeMillis === undefined || !Number.isFinite(minAgeMillis)) {
    throw illegalArgument(`failed to parse setting [min_age] with value [${String(age)}] as a time value`);
  }
  const actions = sent.actions ?? {};
  if (!isJsonObject(actions)) throw illegalArgument(`[actions] of phase [${name}] must be an object`);
  for (const [action, options] of Object.entries(actions)) checkAction(name, action, options);
  return { name, minAgeMillis, actions };
}

function checkAction(phase: PhaseName, action: string, options: JsonValue): void {
  const reason = Object.hasOwn(unsupported, action) ? unsupported[action] : undefined;
  if (reason !== undefined)
    throw illegalArgument(`action [${action}] in phase [${phase}] is not supported: ${reason}. Remove it from the policy`);
  if (!allowed[phase].includes(action)) throw illegalArgument(`invalid action [${action}] defined in phase [${phase}]`);
  if (!isJsonObject(options)) throw illegalArgument(`action [${action}] in phase [${phase}] must be an object`);
  if (action === 'rollover') {
    if (!Object.keys(options).some((key) => key.startsWith('max_')))
      throw illegalArgument('At least one max_* rollover condition must be set.');
    parseRolloverConditions(options);
  }
  if (action === 'set_priority' && options.priority !== null && !(Number(options.priority) >= 0)) {
    throw illegalArgument('[priority] must be 0 or greater');
  }
  if (action === 'forcemerge' && !(Number(options.max_num_segments) >= 1)) {
    throw illegalArgument('[max_num_segments] must be a positive integer');
  }
}
