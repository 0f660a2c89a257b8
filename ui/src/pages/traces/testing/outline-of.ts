import { type SpanTable, spanTable } from '../span-table.ts';
import type { Outline, WaitKind } from '../trace-api.ts';

/** `name@service start-end caller work`: times in microseconds, `-` for what is open or for nobody. Callers stand before what they called. */
export function outlineOf(lines: readonly string[], members: Partial<Outline> = {}): Outline {
  const spans = lines.map((line) => {
    const [name = '', times = '', caller = '-', work = 'own'] = line.split(' ');
    const [start, end] = times.split('-');
    return { name, start: Number(start) * 1000, end: end === '' ? -1 : Number(end) * 1000, caller, work: work as WaitKind };
  });
  const names = [...new Set(spans.map(({ name, work }) => `${name.replace(/#.*/, '')} ${work}`))];
  const at = (name: string) => spans.findIndex((span) => span.name === name);
  return {
    trace_id: 't',
    state: 'complete',
    success: true,
    start_nanos: '1000000000000000000',
    duration_nanos: String(Math.max(...spans.map(({ end }) => end))),
    services: ['s'],
    last_seen: '2001-09-09T01:46:40.000Z',
    now: '2001-09-09T01:46:41.000Z',
    operations: names.map((text) => {
      const [name = '', work = 'own'] = text.split(' ');
      const [own = '', service = 's'] = name.split('@');
      return { service, name: own, kind: '', work: work as WaitKind };
    }),
    spans: {
      id: spans.map(({ name }) => name),
      parent: spans.map(({ caller }) => (caller === '-' ? -1 : at(caller))),
      operation: spans.map(({ name, work }) => names.indexOf(`${name.replace(/#.*/, '')} ${work}`)),
      start: spans.map(({ start }) => start),
      duration: spans.map(({ start, end }) => (end < 0 ? -1 : end - start)),
    },
    failed: [],
    orphans: [],
    human: [],
    critical_path: { at: [], start: [], end: [], waiting: [] },
    ...members,
  };
}

export const tableOf = (lines: readonly string[], members: Partial<Outline> = {}): SpanTable => spanTable(outlineOf(lines, members));
