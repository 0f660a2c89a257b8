import type { Trace } from '../../../model/trace.ts';
import { assembleTrace } from '../../traces/assemble-spans.ts';
import { parseSpanRow } from '../../traces/span-rows.ts';

const baseMillis = 1_763_700_000_000;

/** A trace of spans such as `name 0-10 caller service status`: start and end in milliseconds; `-` leaves a member out. The name is the id too, up to `#`. */
export function traceOf(spans: readonly string[]): Trace {
  const rows = spans.map((text, at) => {
    const [id = '', times = '', parent = '-', service = '-', status = '-'] = text.split(' ');
    const [start, end] = times.split('-').map((millis) => `${baseMillis + Number(millis)}000000`);
    return parseSpanRow({
      trace_hash: '1',
      _segment: '1',
      _row: at,
      ingested: String(baseMillis),
      trace_id: 't',
      span_id: id,
      parent_id: parent === '-' ? '' : parent,
      record: 'span',
      name: id.replace(/#.*/, ''),
      kind: '',
      start_ns: start,
      end_ns: end,
      took_ns: '0',
      timing: 3,
      status: status === '-' ? '' : status,
      status_message: '',
      service: service === '-' ? '' : service,
      ...Object.fromEntries(
        ['instance', 'address', 'runtime', 'capability', 'target', 'model', 'provider', 'scope', 'events', 'links', 'trace_state'].map(
          (name) => [name, ''],
        ),
      ),
      attributes: {},
      resource: {},
    });
  });
  return assembleTrace(rows, { quietMillis: 3000, timeoutMillis: 300_000 }, baseMillis + 3_600_000) as Trace;
}
