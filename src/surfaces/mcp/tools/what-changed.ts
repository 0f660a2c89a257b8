import { z } from 'zod';
import { beginningOf } from '../beginning.ts';
import { offsetSchema, type Window } from '../cursor.ts';
import { type ErrorMessage, errorMessageSchema, printErrorMessage } from '../error-messages.ts';
import { countEntries, dropFirst, type Entry, type EntryList, entryList } from '../fit-answer.ts';
import { counted, inLine, took } from '../line-text.ts';
import type { ServiceNumbers } from '../service-numbers.ts';
import { sinceArgument, untilArgument, windowText } from '../time-window.ts';
import { cursorArgument, defineTool } from '../tool.ts';
import { summariseWindow, type WindowSummary } from '../window-summary.ts';

const name = 'what_changed';

const input = {
  since: sinceArgument('15m'),
  until: untilArgument,
  cursor: cursorArgument,
};

const changedMessage = z.strictObject({ ...errorMessageSchema.shape, agent: z.string(), count_before: z.number() });
const changedNumbers = z.strictObject({
  agent: z.string(),
  calls: z.number(),
  calls_before: z.number(),
  p95_ms: z.number(),
  p95_ms_before: z.number(),
  error_rate: z.number(),
  error_rate_before: z.number(),
});
const named = z.strictObject({ name: z.string() });

/** Fewer calls say nothing about percentiles or rates. */
const minCalls = 5;
/** A change that people would notice: half as long again, and by so many milliseconds. */
const slowerFactor = 1.5;
const slowerMillis = 5;
const moreFactor = 3;
const moreErrors = 10;
const rateStep = 0.05;

export const whatChanged = defineTool({
  name,
  title: 'What changed',
  description:
    'Compares the time since `since` with the stretch of the same length before it: new and more frequent errors, agents that became slower or fail more, new and silent agents, new versions.',
  input,
  output: {
    new_errors: z.array(changedMessage),
    more_errors: z.array(changedMessage),
    failing_more: z.array(changedNumbers),
    slower: z.array(changedNumbers),
    new_agents: z.array(named),
    silent_agents: z.array(named).describe('They sent something in the time before, and nothing since.'),
    new_versions: z.array(named),
  },
  run: async (args, context) => {
    const { window, place: offset, cursorAt } = beginningOf(name, args, { now: context.now, span: '15m', schema: offsetSchema, first: 0 });
    const before: Window = { fromMillis: Math.max(0, 2 * window.fromMillis - window.toMillis), toMillis: window.fromMillis };
    const now = await summariseWindow(context, window);
    const then = await summariseWindow(context, before);
    const lists = changes(now, then);
    const total = countEntries(lists);
    const missing = [...new Set([...now.missing, ...then.missing])];
    const others = now.errors.others + then.errors.others;
    return {
      head: [`${counted(total, 'change')}: ${windowText(window)}, compared with ${windowText(before)}.`],
      facts: {},
      lists: dropFirst(lists, offset),
      leftOut: [...missing, ...(others > 0 ? [`${others} error records with rarer messages were not compared.`] : [])],
      link: context.link('/'),
      next: (shown) => (offset + shown < total ? cursorAt(offset + shown) : undefined),
    };
  },
});

function changes(now: WindowSummary, then: WindowSummary): readonly EntryList[] {
  const countsBefore = new Map(then.errors.messages.map(({ pattern, count }) => [pattern, count]));
  const counts = now.errors.messages.map((message) => ({ message, before: countsBefore.get(message.pattern) ?? 0 }));
  const numbers = [...now.numbers].flatMap(([agent, after]) => {
    const earlier = then.numbers.get(agent);
    return earlier === undefined || Math.min(after.calls, earlier.calls) < minCalls ? [] : [{ agent, after, earlier }];
  });
  const isSlower = ({ after, earlier }: Pair) => after.p95 > earlier.p95 * slowerFactor && after.p95 - earlier.p95 >= slowerMillis;
  const failsMore = ({ after, earlier }: Pair) => rateOf(after) - rateOf(earlier) >= rateStep;
  const isMore = (after: number, before: number) => before > 0 && after >= before * moreFactor && after - before >= moreErrors;
  return [
    entryList(
      'new_errors',
      'New errors',
      counts.filter(({ before }) => before === 0),
      messageEntry,
    ),
    entryList(
      'more_errors',
      'Errors that became frequent',
      counts.filter(({ message, before }) => isMore(message.count, before)),
      messageEntry,
    ),
    entryList('failing_more', 'Agents whose calls fail more often', numbers.filter(failsMore), numbersEntry),
    entryList('slower', 'Agents that became slower', numbers.filter(isSlower), numbersEntry),
    entryList('new_agents', 'New agents', onlyIn(now.agents, then.agents), nameEntry),
    entryList('silent_agents', 'Agents that fell silent', onlyIn(then.agents, now.agents), nameEntry),
    entryList('new_versions', 'New versions', onlyIn(now.versions, then.versions), nameEntry),
  ];
}

type Pair = Readonly<{ agent: string; after: ServiceNumbers; earlier: ServiceNumbers }>;

const rateOf = ({ calls, errors }: ServiceNumbers) => Math.round((errors / Math.max(1, calls)) * 1e3) / 1e3;

function messageEntry({ message, before }: Readonly<{ message: ErrorMessage; before: number }>): Entry {
  const trace = message.traceId === '' ? '' : ` (trace ${inLine(message.traceId)})`;
  const line = `${message.count} × ${inLine(message.message)}, from ${inLine(message.agent) || '(unknown)'}${trace}; before: ${before}`;
  return { line, value: { ...printErrorMessage(message), agent: message.agent, count_before: before } };
}

function numbersEntry({ agent, after, earlier }: Pair): Entry {
  const value = {
    agent,
    calls: after.calls,
    calls_before: earlier.calls,
    p95_ms: after.p95,
    p95_ms_before: earlier.p95,
    error_rate: rateOf(after),
    error_rate_before: rateOf(earlier),
  };
  const percent = (rate: number) => `${Math.round(rate * 1000) / 10} %`;
  const line = `${inLine(agent)}: p95 ${took(earlier.p95)} → ${took(after.p95)}, failed ${percent(value.error_rate_before)} → ${percent(value.error_rate)}, calls ${earlier.calls} → ${after.calls}`;
  return { line, value };
}

const nameEntry = (one: string): Entry => ({ line: inLine(one), value: { name: one } });

const onlyIn = (here: ReadonlySet<string>, there: ReadonlySet<string>): readonly string[] =>
  [...here].filter((one) => one !== '' && !there.has(one)).sort();
