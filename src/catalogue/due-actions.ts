import type { JsonObject } from '../lib/json/json-text.ts';
import { aliasOn, type CatalogueState, type IndexRecord, writeIndexOf } from './catalogue-state.ts';
import { isRolloverDue, type LifecyclePolicy, type Phase, type PhaseName, parseLifecyclePolicy } from './lifecycle-policy.ts';
import { settingText } from './settings.ts';

/** What the lifecycle needs to know about the rows of an index. */
export type IndexSize = Readonly<{ docs: number; storeBytes: number }>;

export type LifecycleState = Readonly<{ catalogue: CatalogueState; sizes: ReadonlyMap<string, IndexSize> }>;

/** One step for one index. `once` actions are remembered as done, so that they are not repeated. */
export type DueAction = Readonly<
  { index: string; policy: string; phase: PhaseName } & (
    | { action: 'rollover'; target: string }
    | { action: 'delete' }
    | { action: 'forcemerge' }
    | { action: 'settings'; name: string; settings: Readonly<Record<string, string | null>> }
    | { action: 'enter' }
    | { action: 'fail'; reason: string }
  )
>;

/** The policy that an index names, if it exists. Stored policies were checked when they were put. */
export function policyOf(
  state: CatalogueState,
  record: IndexRecord,
): Readonly<{ name: string; policy: LifecyclePolicy | undefined }> | undefined {
  const name = settingText(record.settings, 'index.lifecycle.name');
  if (!name) return undefined;
  const stored = state.ilm_policy.get(name);
  return { name, policy: stored && parseLifecyclePolicy(stored.body) };
}

/** From when the ages of phases count: rollover, or the given origin, or creation. Never the time of a document. */
export function lifecycleStartMillis(record: IndexRecord): number {
  const origin = Number(settingText(record.settings, 'index.lifecycle.origination_date') ?? Number.NaN);
  return Number.isFinite(origin) ? origin : (record.rolledOverMillis ?? record.createdMillis);
}

/** What is due now, for all indices with a policy. Pure; carrying the actions out and calling again gives the next ones. */
export function dueActions(nowMillis: number, state: LifecycleState): readonly DueAction[] {
  const actions: DueAction[] = [];
  for (const record of state.catalogue.index.values()) {
    const found = policyOf(state.catalogue, record);
    if (!found) continue;
    if (found.policy) actions.push(...dueForIndex(nowMillis, state, record, found.name, found.policy));
    else if (record.lifecycle?.failure === undefined) {
      const reason = `policy [${found.name}] does not exist`;
      actions.push({ index: record.name, policy: found.name, phase: 'hot', action: 'fail', reason });
    }
  }
  return actions;
}

function dueForIndex(
  nowMillis: number,
  state: LifecycleState,
  record: IndexRecord,
  policyName: string,
  policy: LifecyclePolicy,
): readonly DueAction[] {
  const base = { index: record.name, policy: policyName };
  if (
    policy.rollover &&
    record.rolledOverMillis === undefined &&
    settingText(record.settings, 'index.lifecycle.indexing_complete') !== 'true'
  ) {
    const target = rolloverTarget(state.catalogue, record);
    const size = state.sizes.get(record.name);
    const facts = { ageMillis: nowMillis - record.createdMillis, docs: size?.docs ?? 0, bytes: size?.storeBytes ?? 0 };
    const due: DueAction[] = [
      ...onceActions(
        record,
        policyName,
        policy.phases.filter(({ name }) => name === 'hot'),
      ),
    ];
    if ('reason' in target) {
      if (record.lifecycle?.failure !== target.reason) due.push({ ...base, phase: 'hot', action: 'fail', reason: target.reason });
      // Elasticsearch never rolls over an empty index, since that would only make more empty ones.
    } else if (facts.docs > 0 && isRolloverDue(policy.rollover, facts)) {
      due.push({ ...base, phase: 'hot', action: 'rollover', target: target.name });
    }
    return due;
  }
  const ageMillis = nowMillis - lifecycleStartMillis(record);
  const reached = policy.phases.filter(({ minAgeMillis }) => ageMillis >= minAgeMillis);
  const current = reached.at(-1);
  if (!current) return [];
  if (current.name === 'delete' && 'delete' in current.actions) return [deletion(state.catalogue, record, base)].flat();
  const entered: DueAction[] = record.lifecycle?.phase === current.name ? [] : [{ ...base, phase: current.name, action: 'enter' }];
  return [...entered, ...onceActions(record, policyName, reached)];
}

function deletion(catalogue: CatalogueState, record: IndexRecord, base: Readonly<{ index: string; policy: string }>): readonly DueAction[] {
  const stream = record.dataStream === undefined ? undefined : catalogue.data_stream.get(record.dataStream);
  if (!stream || writeIndexOf(stream) !== record.name) return [{ ...base, phase: 'delete', action: 'delete' }];
  // The write index of a data stream cannot go; a new one takes its place first.
  return [{ ...base, phase: 'delete', action: 'rollover', target: stream.name }];
}

function rolloverTarget(catalogue: CatalogueState, record: IndexRecord): Readonly<{ name: string } | { reason: string }> {
  if (record.dataStream !== undefined) return { name: record.dataStream };
  const alias = settingText(record.settings, 'index.lifecycle.rollover_alias');
  if (!alias) return { reason: `setting [index.lifecycle.rollover_alias] for index [${record.name}] is empty or not defined` };
  const properties = aliasOn(record.aliases, alias);
  if (!properties) return { reason: `index.lifecycle.rollover_alias [${alias}] does not point to index [${record.name}]` };
  const only = ![...catalogue.index.values()].some((other) => other.name !== record.name && aliasOn(other.aliases, alias));
  if (properties.is_write_index ?? only) return { name: alias };
  return { reason: `index [${record.name}] is not the write index for alias [${alias}]` };
}

function onceActions(record: IndexRecord, policy: string, phases: readonly Phase[]): readonly DueAction[] {
  const done = new Set(record.lifecycle?.done ?? []);
  return phases.flatMap(({ name: phase, actions }) =>
    Object.entries(actions).flatMap(([action, options]): DueAction[] => {
      if (done.has(`${phase}/${action}`)) return [];
      const base = { index: record.name, policy, phase };
      if (action === 'forcemerge') return [{ ...base, action: 'forcemerge' }];
      if (action === 'readonly') return [{ ...base, action: 'settings', name: action, settings: { 'index.blocks.write': 'true' } }];
      if (action !== 'set_priority') return [];
      const { priority } = options as JsonObject;
      const value = priority === null || priority === undefined ? null : String(priority);
      return [{ ...base, action: 'settings', name: action, settings: { 'index.priority': value } }];
    }),
  );
}
