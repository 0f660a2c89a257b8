import { z } from 'zod';
import { count, objectOf, objects, text } from '../../../lib/json/json-members.ts';
import { type CountedMessages, messageAggregation, readMessages } from '../../../queries/changes/error-messages.ts';
import { errorQuery } from '../../../queries/changes/error-query.ts';
import { attempt } from '../ask.ts';
import { beginningOf } from '../beginning.ts';
import { offsetSchema, type Window } from '../cursor.ts';
import { failedSpans } from '../failed-spans.ts';
import { type Entry, entryList } from '../fit-answer.ts';
import { counted, inLine, joined, took } from '../line-text.ts';
import { inWindow, readHits } from '../log-records.ts';
import { errorMessageSchema, printErrorMessage } from '../print-error-message.ts';
import { type ServiceNumbers, serviceNumbers } from '../service-numbers.ts';
import { sinceArgument, untilArgument, windowText } from '../time-window.ts';
import { cursorArgument, defineTool, type ToolContext } from '../tool.ts';

const name = 'errors_by_agent';

const input = {
  since: sinceArgument('1h'),
  until: untilArgument,
  agent: z.string().min(1).max(200).optional().describe('Only this agent (or MCP server, or service).'),
  cursor: cursorArgument,
};

const agent = z.strictObject({
  agent: z.string(),
  error_records: z.number().describe('Log records of level ERROR and above.'),
  calls: z.number().describe('Calls by its spans.'),
  failed_calls: z.number(),
  p95_ms: z.number().nullable(),
  messages: z.array(errorMessageSchema).describe('From log records; those of one form are counted together.'),
  span_messages: z.array(errorMessageSchema).describe('From the newest failed spans.'),
});

const maxAgents = 100;
/** Different texts of one agent that are counted; those of one form are put together afterwards. */
const messagesPerAgent = 200;
const shownMessages = 3;

type LogErrors = Readonly<{ byAgent: ReadonlyMap<string, CountedMessages & Readonly<{ records: number }>>; total: number }>;

export const errorsByAgent = defineTool({
  name,
  title: 'Errors by agent',
  description:
    'Which agents, MCP servers and services fail: error records and failed calls, with the most frequent messages and a trace id of each.',
  input,
  output: { agents: z.array(agent) },
  run: async (args, context) => {
    const { window, place: offset, cursorAt } = beginningOf(name, args, { now: context.now, schema: offsetSchema, first: 0 });
    const logs = await attempt(logErrors(context, window));
    const numbers = await attempt(serviceNumbers(context, window));
    const spans = await attempt(failedSpans(context, window));
    if ('reason' in logs && 'reason' in numbers) throw logs.error;
    const fromLogs = 'value' in logs ? logs.value.byAgent : new Map<string, never>();
    const calls: ReadonlyMap<string, ServiceNumbers> = 'value' in numbers ? numbers.value : new Map();
    const fromSpans = 'value' in spans ? spans.value.byAgent : new Map<string, never>();
    const failing = [...calls].filter(([, { errors }]) => errors > 0).map(([service]) => service);
    const found = [...new Set([...fromLogs.keys(), ...failing, ...fromSpans.keys()])]
      .filter((one) => args.agent === undefined || one === args.agent)
      .map((one) => ({
        agent: one,
        error_records: fromLogs.get(one)?.records ?? 0,
        calls: calls.get(one)?.calls ?? 0,
        failed_calls: calls.get(one)?.errors ?? 0,
        p95_ms: calls.get(one)?.p95 ?? null,
        messages: (fromLogs.get(one)?.messages ?? []).slice(0, shownMessages).map(printErrorMessage),
        span_messages: (fromSpans.get(one) ?? []).slice(0, shownMessages).map(printErrorMessage),
      }))
      .sort((a, b) => b.error_records + b.failed_calls - a.error_records - a.failed_calls || (a.agent < b.agent ? -1 : 1));
    return {
      head: [`${counted(found.length, 'agent')} with errors from ${windowText(window)}.`],
      facts: {},
      lists: [entryList('agents', 'Agents, those with most errors first', found.slice(offset), agentEntry)],
      leftOut: [
        ...('reason' in logs ? [`Log records: ${logs.reason}`] : []),
        ...('reason' in numbers ? [`Calls: ${numbers.reason}`] : []),
        ...('reason' in spans
          ? [`Messages of spans: ${spans.reason}`]
          : spans.value.isSample
            ? ['Messages of spans are those of the newest failed traces only.']
            : []),
        ...(isUncounted(fromLogs) ? [`Messages beyond the ${messagesPerAgent} most frequent texts of an agent are not counted.`] : []),
        `Of each agent, messages beyond the ${shownMessages} most frequent: search_logs has them.`,
      ],
      link: context.link('/'),
      next: (shown) => (offset + shown < found.length ? cursorAt(offset + shown) : undefined),
    };
  },
});

async function logErrors({ post }: ToolContext, window: Window): Promise<LogErrors> {
  const aggs = { messages: messageAggregation(messagesPerAgent) };
  const answer = await post('/elasticsearch/*/_search', {
    size: 0,
    query: inWindow(errorQuery, window),
    aggs: {
      agents: { terms: { field: 'agent.name', size: maxAgents }, aggs },
      nameless: {
        filter: { bool: { must_not: [{ exists: { field: 'agent.name' } }] } },
        aggs: { services: { terms: { field: 'service.name', size: maxAgents, missing: '(unknown)' }, aggs } },
      },
    },
  });
  const { agents, nameless } = objectOf(answer.aggregations);
  const buckets = [...objects(objectOf(agents).buckets), ...objects(objectOf(objectOf(nameless).services).buckets)];
  const byAgent = new Map<string, CountedMessages & Readonly<{ records: number }>>();
  for (const bucket of buckets) {
    const key = text(bucket.key);
    if (!byAgent.has(key)) byAgent.set(key, { ...readMessages(objectOf(bucket.messages)), records: count(bucket.doc_count) });
  }
  return { byAgent, total: readHits(answer).total };
}

const isUncounted = (agents: ReadonlyMap<string, CountedMessages>): boolean => [...agents.values()].some(({ others }) => others > 0);

function agentEntry(value: z.output<typeof agent>): Entry {
  const messages = [...value.messages, ...value.span_messages].map(
    (one) => `${one.count} × ${inLine(one.message)}${one.trace_id === '' ? '' : ` (trace ${inLine(one.trace_id)})`}`,
  );
  const line = joined(
    inLine(value.agent),
    counted(value.error_records, 'error record'),
    value.calls === 0 ? '' : `${value.failed_calls} of ${counted(value.calls, 'call')} failed`,
    value.p95_ms === null ? '' : `p95 ${took(value.p95_ms)}`,
    messages.join(' | '),
  );
  return { line, value };
}
