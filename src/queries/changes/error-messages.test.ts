import { expect, it } from 'vitest';
import { processorMillis } from '../../lib/testing/processor-millis.ts';
import { patternOf, readMessages } from './error-messages.ts';

it.each([
  ['timeout after 1500 ms', 'timeout after # ms'],
  ['GET /users/42 failed in 1.25s (10:15:00)', 'GET /users/# failed in #s (#)'],
  ['trace c1b2c3d4-e5f6-7890-abcd-ef1234567890 lost', 'trace # lost'],
  ['span 11aa22bb33cc44dd is late', 'span # is late'],
  ['the deadbeefs faced feed', 'the deadbeefs faced feed'],
  ['no city given', 'no city given'],
  ['', ''],
])('%j has the pattern %j', (message, pattern) => {
  expect(patternOf(message)).toBe(pattern);
});

it('takes long and strange messages in a moment', () => {
  const millis = processorMillis(() => {
    for (const message of ['1'.repeat(1e6), 'a1b2c3d4-'.repeat(1e5), '1:2,3.'.repeat(1e5), '\u0000'.repeat(1e6)]) patternOf(message);
  });
  expect(millis).toBeLessThan(400);
});

it('puts messages of one pattern together, and takes the exception where there is no message', () => {
  const bucket = (key: string, doc_count: number, metrics: Record<string, string | null> = {}) => ({
    key,
    doc_count,
    newest: { top: [{ metrics }] },
  });
  const { messages, others } = readMessages({
    sum_other_doc_count: 4,
    buckets: [
      bucket('timeout after 5 ms', 2, { 'trace.trace_id': null, 'agent.name': 'a' }),
      bucket('', 9, { 'exception.type': 'KeyError', 'exception.message.keyword': "'city'", 'service.name': 's' }),
      bucket('timeout after 7 ms', 3, { 'trace.trace_id': 't1' }),
      bucket('', 1),
    ],
  });
  expect(others).toBe(4);
  expect(messages.map(({ message, count, agent, traceId }) => [message, count, agent, traceId])).toEqual([
    ["'city'", 9, 's', ''],
    ['timeout after 5 ms', 5, 'a', 't1'],
    ['(no message)', 1, '', ''],
  ]);
});
