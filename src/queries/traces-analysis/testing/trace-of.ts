import type { Trace } from '../../../model/trace.ts';
import { assembleTrace } from '../../traces/assemble-spans.ts';
import { spanRow, timing } from '../../traces/testing/span-row.ts';

const baseMillis = 1_763_700_000_000;

/** A trace of spans such as `name 0-10 caller service status`: start and end in milliseconds; `-` leaves a member out. The name is the id too, up to `#`. */
export function traceOf(spans: readonly string[]): Trace {
  const told = (text: string) => (text === '-' ? '' : text);
  const rows = spans.map((text, row) => {
    const [spanId = '', times = '', parentId = '-', service = '-', status = '-'] = text.split(' ');
    const [startNanos, endNanos] = times.split('-').map((millis) => BigInt(baseMillis + Number(millis)) * 1_000_000n) as [bigint, bigint];
    return {
      ...spanRow({ row, spanId, parentId: told(parentId), name: spanId.replace(/#.*/, ''), service: told(service) }),
      ingestedMillis: baseMillis,
      startNanos,
      endNanos,
      durationNanos: 0n,
      timing: timing.start + timing.end,
      status: told(status) as Trace['spans'][number]['status'],
    };
  });
  return assembleTrace(rows, { quietMillis: 3000, timeoutMillis: 300_000 }, baseMillis + 3_600_000) as Trace;
}
