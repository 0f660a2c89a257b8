import type { ErrorMessage } from './error-messages.ts';
import {
  type ChangePorts,
  type SeenVersion,
  type ServiceNumbers,
  summariseWindow,
  type Window,
  type WindowSummary,
} from './window-summary.ts';

/** `more`: at least three times as many, and at least ten more. */
export type ErrorChange = 'new' | 'more' | 'known';
export type ChangedError = ErrorMessage & Readonly<{ countBefore: number; change: ErrorChange }>;
export type ChangedNumbers = Readonly<{ agent: string; now: ServiceNumbers; before: ServiceNumbers }>;
export type NewVersion = SeenVersion & Readonly<{ before: readonly string[] }>;

/** A stretch of time compared with that of the same length before it. */
export type Changes = Readonly<{
  window: Window;
  before: Window;
  calls: number;
  callsBefore: number;
  errorRecords: number;
  errorRecordsBefore: number;
  /** By pattern: new ones first, then those that became frequent, then the others; the most frequent first. */
  errors: readonly ChangedError[];
  failingMore: readonly ChangedNumbers[];
  slower: readonly ChangedNumbers[];
  newAgents: readonly string[];
  /** They sent something in the time before, and nothing since. */
  silentAgents: readonly string[];
  newVersions: readonly NewVersion[];
  /** Records of failures with rarer messages, which were not compared. */
  othersNotCompared: number;
  missing: readonly string[];
}>;

/** Fewer calls say nothing about percentiles or rates. */
const minCalls = 5;
/** A change that people would notice: half as long again, and by so many milliseconds. */
const slowerFactor = 1.5;
const slowerMillis = 5;
const moreFactor = 3;
const moreErrors = 10;
const rateStep = 0.05;

/** Rejects with `AppError` when neither records nor calls can be read. */
export async function findChanges(ports: ChangePorts, window: Window): Promise<Changes> {
  const before: Window = {
    fromMillis: Math.min(window.fromMillis, Math.max(0, 2 * window.fromMillis - window.toMillis)),
    toMillis: window.fromMillis,
  };
  const now = await summariseWindow(ports, window);
  const then = await summariseWindow(ports, before);
  return { window, before, ...compareWindows(now, then) };
}

export const errorRate = ({ calls, errors }: ServiceNumbers): number => Math.round((errors / Math.max(1, calls)) * 1e3) / 1e3;

export function compareWindows(now: WindowSummary, then: WindowSummary): Omit<Changes, 'window' | 'before'> {
  const numbers = [...now.numbers].flatMap(([agent, after]): readonly ChangedNumbers[] => {
    const before = then.numbers.get(agent);
    return before === undefined || Math.min(after.calls, before.calls) < minCalls ? [] : [{ agent, now: after, before }];
  });
  return {
    calls: callsOf(now),
    callsBefore: callsOf(then),
    errorRecords: now.errorRecords,
    errorRecordsBefore: then.errorRecords,
    errors: changedErrors(now, then),
    failingMore: numbers.filter((one) => errorRate(one.now) - errorRate(one.before) >= rateStep - 1e-9),
    slower: numbers.filter((one) => one.now.p95 > one.before.p95 * slowerFactor && one.now.p95 - one.before.p95 >= slowerMillis),
    newAgents: onlyIn(now.agents, then.agents),
    silentAgents: onlyIn(then.agents, now.agents),
    newVersions: newVersions(now.versions, then.versions),
    othersNotCompared: now.errors.others + then.errors.others,
    missing: [...new Set([...now.missing, ...then.missing])],
  };
}

const callsOf = ({ numbers }: WindowSummary): number => [...numbers.values()].reduce((sum, { calls }) => sum + calls, 0);

const order: Readonly<Record<ErrorChange, number>> = { new: 0, more: 1, known: 2 };

function changedErrors(now: WindowSummary, then: WindowSummary): readonly ChangedError[] {
  const counts = new Map(then.errors.messages.map(({ pattern, count }) => [pattern, count]));
  return now.errors.messages
    .map((message): ChangedError => {
      const countBefore = counts.get(message.pattern) ?? 0;
      const isMore = message.count >= countBefore * moreFactor && message.count - countBefore >= moreErrors;
      return { ...message, countBefore, change: countBefore === 0 ? 'new' : isMore ? 'more' : 'known' };
    })
    .sort((a, b) => order[a.change] - order[b.change] || b.count - a.count);
}

/** Services that were not there before have no new version. */
function newVersions(now: readonly SeenVersion[], then: readonly SeenVersion[]): readonly NewVersion[] {
  return now
    .map((one) => ({ ...one, before: then.filter(({ service }) => service === one.service).map(({ version }) => version) }))
    .filter(({ version, before }) => before.length > 0 && !before.includes(version))
    .sort((a, b) => b.firstMillis - a.firstMillis);
}

const onlyIn = (here: ReadonlySet<string>, there: ReadonlySet<string>): readonly string[] =>
  [...here].filter((one) => one !== '' && !there.has(one)).sort();
