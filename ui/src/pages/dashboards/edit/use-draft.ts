import { useState } from 'react';
import { member, textOf } from '../model/json-value.ts';
import type { Dashboard } from '../model/panel.ts';
import { readDashboard } from '../model/read-dashboard.ts';

export type Draft = Readonly<{
  dashboard: Dashboard;
  /** Of what was saved when the changes began. */
  version: string;
  isChanged: boolean;
  change: (next: Dashboard) => void;
  /** One change back; the first leads to what is saved. */
  undo: () => void;
  discard: () => void;
}>;

const mostSteps = 100;

type Steps = Readonly<{ version: string; steps: readonly Dashboard[] }>;

/**
 * A dashboard while it is changed. What is not saved yet outlives a reload of the page and a way to another one, in this tab, also when someone else
 * saves meanwhile. `base`: what is saved; `version` changes when that does.
 */
export function useDraft(id: string, version: string, base: Dashboard): Draft {
  const key = `meshscope.draft.${id}`;
  const [state, setState] = useState<Steps>(() => readKept(key) ?? { version, steps: [] });
  const isChanged = state.steps.length > 0;
  const set = (next: Steps) => {
    setState(next);
    keep(key, next);
  };
  return {
    dashboard: state.steps.at(-1) ?? base,
    version: isChanged ? state.version : version,
    isChanged,
    change: (next) => set({ version: isChanged ? state.version : version, steps: [...state.steps, next].slice(-mostSteps) }),
    undo: () => set({ ...state, steps: state.steps.slice(0, -1) }),
    discard: () => set({ version, steps: [] }),
  };
}

function readKept(key: string): Steps | undefined {
  const text = sessionStorage.getItem(key);
  try {
    const kept: unknown = text === null ? undefined : JSON.parse(text);
    return kept === undefined ? undefined : { version: textOf(member(kept, 'version')), steps: [readDashboard(member(kept, 'dashboard'))] };
  } catch {
    return undefined;
  }
}

/** A full or forbidden storage only costs the memory of what was not saved. */
function keep(key: string, { version, steps }: Steps): boolean {
  const dashboard = steps.at(-1);
  try {
    if (dashboard === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify({ version, dashboard }));
    return true;
  } catch {
    return false;
  }
}
