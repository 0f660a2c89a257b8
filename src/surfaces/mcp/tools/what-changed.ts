import { z } from 'zod';
import { count, listOf, objectOf, objects, text } from '../../../lib/json/json-members.ts';
import type { JsonObject } from '../../../lib/json/json-text.ts';
import { beginningOf } from '../beginning.ts';
import { offsetSchema } from '../cursor.ts';
import { countEntries, dropFirst, type Entry, type EntryList, entryList } from '../fit-answer.ts';
import { counted, inLine, took } from '../line-text.ts';
import { errorMessageSchema } from '../print-error-message.ts';
import { rangeParameters, sinceArgument, untilArgument, windowText } from '../time-window.ts';
import { cursorArgument, defineTool } from '../tool.ts';

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
    const answer = await context.get('/api/changes', { ...rangeParameters(window), limit: '1000' });
    const lists = listsOf(answer);
    const total = countEntries(lists);
    const before = objectOf(answer.before);
    const others = count(answer.not_compared);
    return {
      head: [`${counted(total, 'change')}: ${windowText(window)}, compared with ${text(before.start)} to ${text(before.end)}.`],
      facts: {},
      lists: dropFirst(lists, offset),
      leftOut: [
        ...listOf(answer.missing).map(text),
        ...(others > 0 ? [`${others} error records with rarer messages were not compared.`] : []),
      ],
      link: context.link('/'),
      next: (shown) => (offset + shown < total ? cursorAt(offset + shown) : undefined),
    };
  },
});

function listsOf(answer: JsonObject): readonly EntryList[] {
  const errors = objects(answer.errors);
  const ofChange = (change: string) => errors.filter((error) => error.change === change);
  return [
    entryList('new_errors', 'New errors', ofChange('new'), messageEntry),
    entryList('more_errors', 'Errors that became frequent', ofChange('more'), messageEntry),
    entryList('failing_more', 'Agents whose calls fail more often', objects(answer.failing_more), numbersEntry),
    entryList('slower', 'Agents that became slower', objects(answer.slower), numbersEntry),
    entryList('new_agents', 'New agents', listOf(answer.new_agents).map(text), nameEntry),
    entryList('silent_agents', 'Agents that fell silent', listOf(answer.silent_agents).map(text), nameEntry),
    entryList('new_versions', 'New versions', objects(answer.new_versions), versionEntry),
  ];
}

function messageEntry(error: JsonObject): Entry {
  const value = {
    message: text(error.message),
    count: count(error.count),
    exception: text(error.exception),
    trace_id: text(error.trace_id),
    agent: text(error.agent),
    count_before: count(error.count_before),
  };
  const trace = value.trace_id === '' ? '' : ` (trace ${inLine(value.trace_id)})`;
  const line = `${value.count} × ${inLine(value.message)}, from ${inLine(value.agent) || '(unknown)'}${trace}; before: ${value.count_before}`;
  return { line, value };
}

function numbersEntry(numbers: JsonObject): Entry {
  const value = {
    agent: text(numbers.agent),
    calls: count(numbers.calls),
    calls_before: count(numbers.calls_before),
    p95_ms: count(numbers.p95_ms),
    p95_ms_before: count(numbers.p95_ms_before),
    error_rate: count(numbers.error_rate),
    error_rate_before: count(numbers.error_rate_before),
  };
  const percent = (rate: number) => `${Math.round(rate * 1000) / 10} %`;
  const line = `${inLine(value.agent)}: p95 ${took(value.p95_ms_before)} → ${took(value.p95_ms)}, failed ${percent(value.error_rate_before)} → ${percent(value.error_rate)}, calls ${value.calls_before} → ${value.calls}`;
  return { line, value };
}

const nameEntry = (one: string): Entry => ({ line: inLine(one), value: { name: one } });

function versionEntry({ service, version, before, first }: JsonObject): Entry {
  const name = `${text(service)} ${text(version)}`;
  const earlier = listOf(before).map(text).join(', ');
  return { line: `${inLine(name)}, since ${text(first)} (before: ${inLine(earlier)})`, value: { name } };
}
