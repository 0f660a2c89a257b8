import type { TestDocument } from './documents.ts';

/** Milliseconds since the epoch of an ISO date. */
export const at = (text: string) => Date.parse(text);

function doc(id: string, more: Partial<TestDocument>): TestDocument {
  const none = {
    agent: undefined,
    method: undefined,
    status: undefined,
    duration: undefined,
    retries: undefined,
    ok: undefined,
    location: undefined,
  };
  return { id, timestamp: at('2024-03-30T10:00:00.500Z'), level: 'INFO', msg: `m ${id}`, tags: [], sizes: [], ...none, ...more };
}

/** Few documents with numbers that can be checked by hand; the clocks of Berlin go forward on 2024-03-31 at 01:00Z. */
export const smallDocuments = [
  doc('1', {
    duration: 1,
    retries: 1,
    agent: 'a',
    ok: true,
    tags: ['x', 'y'],
    location: [52.5, 13.4],
    timestamp: at('2024-03-30T22:30:00Z'),
  }),
  doc('2', { duration: 51, retries: 2, agent: 'a', ok: false, tags: ['x'], location: [52.5, 13.4], timestamp: at('2024-03-30T23:30:00Z') }),
  doc('3', {
    duration: 101,
    retries: 2,
    agent: 'b',
    method: 'GET',
    sizes: [5, 15, 15],
    location: [-33.9, 151.2],
    timestamp: at('2024-03-31T21:59:59Z'),
  }),
  doc('4', { duration: 151, agent: 'b', level: 'ERROR', timestamp: at('2024-03-31T22:00:00Z') }),
  doc('5', { agent: 'c', level: 'ERROR', msg: 'm long message', timestamp: at('2024-05-02T00:00:00Z') }),
];
