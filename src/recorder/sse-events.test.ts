import { expect, it } from 'vitest';
import { SseEvents } from './sse-events.ts';

function read(text: string, size: number, limit = 1000): string[] {
  const events: string[] = [];
  const reader = new SseEvents(limit, ({ name, data, id }) => events.push(`${name} ${id ?? '-'} ${data}`));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return events;
}

it.each([
  ['data: a\n\n', ['message - a']],
  ['event: endpoint\ndata: /x?sessionId=1\n\n', ['endpoint - /x?sessionId=1']],
  ['id: 1\ndata: a\ndata:b\ndata\n\nid\ndata: c\n\n', ['message 1 a\nb\n', 'message  c']],
  [': comment\r\n\r\nretry: 5\r\n\r\ndata: a\r\n\r\n', ['message - a']],
  ['data: a\r\rdata: b\r\r\n', ['message - a', 'message - b']],
  ['data: é\u{1f600}\n\n', ['message - é\u{1f600}']],
  ['data: not ended', []],
  ['id: 1\ndata: \n\ndata: a\n\n', ['message 1 a']],
  [`data: ${'x'.repeat(2000)}\n\ndata: a\n\n`, ['message - a']],
  [`data: ${'x'.repeat(600)}\ndata: ${'x'.repeat(600)}\n\ndata: a\n\n`, ['message - a']],
])('%.50j', (text, expected) => {
  for (const size of [1, 2, 3, 7, 10_000]) expect(read(text, size)).toEqual(expected);
});
