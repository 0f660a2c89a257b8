import type { Catalogue } from './catalogue.ts';
import type { LifecycleProgress } from './catalogue-state.ts';
import { planRollover, rollover } from './change-data-streams.ts';
import { deleteIndices, putSettings } from './change-indices.ts';
import type { Draft } from './draft.ts';
import { type DueAction, dueActions, type IndexSize } from './due-actions.ts';
import { type PhaseName, phaseNames } from './lifecycle-policy.ts';

export interface LifecyclePorts {
  readonly catalogue: Catalogue;
  sizes(indices: readonly string[]): Promise<ReadonlyMap<string, IndexSize>>;
  forceMerge(indices: readonly string[]): Promise<void>;
}

export type LifecycleOutcome = Readonly<{ action: DueAction; error?: unknown }>;

/** For the log of the server: what was done at which index, or why nothing could be. */
export function outcomeText({ action, error }: LifecycleOutcome): string {
  if (action.action === 'fail') return `lifecycle of ${action.index}: ${action.reason}`;
  return `lifecycle of ${action.index}: ${action.action}${error instanceof Error ? ` failed: ${error.message}` : ''}`;
}

/** The name under which `POST /_ilm/stop` is remembered. */
export const lifecycleMode = 'ilm';

/**
 * Carries out everything that the lifecycle policies ask for now; to be called every few minutes. An action that fails is reported and
 * remembered at its index, tried again by the next call, and does not stop the others.
 */
export async function runLifecycle({ catalogue, sizes, forceMerge }: LifecyclePorts): Promise<readonly LifecycleOutcome[]> {
  if (catalogue.state.cluster_settings.get(lifecycleMode)?.body.operation_mode === 'STOPPED') return [];
  const managed = [...catalogue.state.index.values()].filter(({ settings }) => settings['index.lifecycle.name']).map(({ name }) => name);
  if (managed.length === 0) return [];
  const due = dueActions(catalogue.nowMillis, { catalogue: catalogue.state, sizes: await sizes(managed) });
  const outcomes: LifecycleOutcome[] = [];
  for (const action of due) {
    try {
      if (action.action === 'forcemerge') await forceMerge([action.index]);
      await catalogue.change((draft) => carryOut(draft, action));
      outcomes.push({ action });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await catalogue.change((draft) => remember(draft, action, { failure: reason }));
      outcomes.push({ action, error });
    }
  }
  return outcomes;
}

function carryOut(draft: Draft, due: DueAction): void {
  if (!draft.get('index', due.index)) return;
  if (due.action === 'delete') {
    deleteIndices(draft, [due.index]);
  } else if (due.action === 'rollover') {
    const plan = planRollover(draft, due.target);
    // Someone else may have rolled it over since the plan was made.
    if (plan.oldIndex === due.index) rollover(draft, plan);
    remember(draft, due, { done: 'rollover' });
  } else if (due.action === 'settings') {
    putSettings(draft, [due.index], due.settings);
    remember(draft, due, { done: due.name });
  } else if (due.action === 'fail') {
    remember(draft, due, { failure: due.reason });
  } else {
    remember(draft, due, due.action === 'enter' ? {} : { done: due.action });
  }
}

function remember(draft: Draft, due: DueAction, what: Readonly<{ done?: string; failure?: string }>): void {
  const record = draft.get('index', due.index);
  if (!record) return;
  const before = record.lifecycle;
  const done = what.done === undefined ? [] : [`${due.phase}/${what.done}`];
  // Actions of earlier phases may still be due in a later one; the phase itself never goes back.
  const ahead = before !== undefined && phaseNames.indexOf(before.phase as PhaseName) >= phaseNames.indexOf(due.phase);
  const lifecycle: LifecycleProgress = {
    phase: ahead ? before.phase : due.phase,
    phaseMillis: ahead ? before.phaseMillis : draft.nowMillis,
    done: [...new Set([...(before?.done ?? []), ...done])],
    ...(what.failure === undefined ? {} : { failure: what.failure }),
  };
  if (what.failure !== undefined && before?.failure === what.failure) return;
  draft.put('index', due.index, { ...record, lifecycle });
}
