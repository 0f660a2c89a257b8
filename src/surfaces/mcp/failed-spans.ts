import { objectOf, objects, text } from '../../lib/json/json-members.ts';
import { type ErrorMessage, joinByPattern, patternOf } from '../../queries/changes/error-messages.ts';
import type { Window } from './cursor.ts';
import { rangeParameters } from './time-window.ts';
import type { ToolContext } from './tool.ts';

export type FailedSpans = Readonly<{ byAgent: ReadonlyMap<string, readonly ErrorMessage[]>; isSample: boolean }>;

/** Each trace is put together as a whole, so the newest have to do. */
const maxTraces = 50;
const spansPerTrace = 20;

/** What the newest failed spans of a window say, by agent. */
export async function failedSpans({ get }: ToolContext, window: Window): Promise<FailedSpans> {
  const answer = await get('/api/traces', {
    q: '{ status = error } | select(statusMessage)',
    ...rangeParameters(window),
    limit: String(maxTraces),
    spans_per_set: String(spansPerTrace),
  });
  const found = objects(answer.traces).flatMap((trace) =>
    objects(trace.span_sets)
      .flatMap((set) => objects(set.spans))
      .map((span): ErrorMessage => {
        const message = `${text(span.name)}: ${text(objectOf(span.selected).statusMessage) || 'failed'}`;
        return {
          message,
          pattern: patternOf(message),
          count: 1,
          agent: text(span.service),
          exception: '',
          traceId: text(trace.trace_id),
          firstMillis: undefined,
          lastMillis: undefined,
        };
      }),
  );
  const agents = new Set(found.map(({ agent }) => agent));
  return {
    byAgent: new Map([...agents].map((agent) => [agent, joinByPattern(found.filter((one) => one.agent === agent))])),
    isSample: text(answer.next_cursor) !== '' || answer.partial === true,
  };
}
