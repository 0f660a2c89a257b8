// The commands that publish MCP Mesh's spans, made from ready ones: an agent writes one entry at a time, but the bench must write 100,000 a second
// on the cores that it measures. What Redis and the server get are the bytes that `mesh-entries.mjs` would have written.
import { meshEntry, spansPerTrace, traceIdAt, xadd } from './mesh-entries.mjs';
import { stream } from './publish.mjs';

/** Agents, tools, durations and failures come again after so many traces. */
const periodTraces = 600;
const tracesAtOnce = 25;
export const spansAtOnce = tracesAtOnce * spansPerTrace;

const idDigits = 8;
const timeLength = '1700000000.000000'.length;

/** Writes the last digits of `value` so that they end before `end`. */
function writeHex(bytes, end, value) {
  for (let at = end - 1, rest = value; at >= end - idDigits; at--) {
    const digit = rest % 16;
    bytes[at] = digit + (digit < 10 ? 0x30 : 0x57);
    rest = (rest - digit) / 16;
  }
}

/** Writes seconds with six decimals. */
function writeSeconds(bytes, start, micros) {
  let rest = micros;
  for (let at = start + timeLength - 1; at >= start; at--) {
    if (at === start + 10) continue;
    const digit = rest % 10;
    bytes[at] = 0x30 + digit;
    rest = (rest - digit) / 10;
  }
}

/** Commands for `publish`, which MUST ask for `spansAtOnce` of them, from a multiple of that on. */
export function createMeshCommands(seed) {
  const chunks = Array.from({ length: periodTraces / tracesAtOnce }, (_, chunk) => prepareChunk(seed, chunk * spansAtOnce));
  return (from, to, nowMicros) => {
    if (from % spansAtOnce !== 0 || to - from !== spansAtOnce) throw new Error(`spans ${from} to ${to} are no whole chunk`);
    const { template, places } = chunks[(from / spansAtOnce) % chunks.length];
    const bytes = Buffer.from(template);
    for (let span = 0; span < spansAtOnce; span++) {
      const { traceEnd, spanEnd, parentEnd, parentPlace, place, start, durationMicros, end, published } = places[span];
      const trace = (from + span - ((from + span) % spansPerTrace)) / spansPerTrace;
      writeHex(bytes, traceEnd, trace);
      writeHex(bytes, spanEnd, trace * spansPerTrace + place);
      if (parentEnd > 0) writeHex(bytes, parentEnd, trace * spansPerTrace + parentPlace);
      writeSeconds(bytes, start, nowMicros - durationMicros);
      writeSeconds(bytes, end, nowMicros);
      writeSeconds(bytes, published, nowMicros + 1000);
    }
    return bytes;
  };
}

function prepareChunk(seed, first) {
  const places = [];
  let text = '';
  for (let span = 0; span < spansAtOnce; span++) {
    const fields = meshEntry(seed, first + span, 1_700_000_000);
    const command = xadd(stream, fields);
    const valueAt = (name) => {
      const header = `$${name.length}\r\n${name}\r\n`;
      return text.length + command.indexOf('\r\n', command.indexOf(header) + header.length) + 2;
    };
    const textOf = (name) => fields.find(([field]) => field === name)[1];
    const place = spansPerTrace - 1 - ((first + span) % spansPerTrace);
    places.push({
      place,
      parentPlace: Math.floor((place - 1) / 2),
      traceEnd: valueAt('trace_id') + traceIdAt(seed, 0).length,
      spanEnd: valueAt('span_id') + textOf('span_id').length,
      parentEnd: place === 0 ? 0 : valueAt('parent_span') + textOf('parent_span').length,
      start: valueAt('start_time'),
      durationMicros: Math.round(Number(textOf('duration_ms')) * 1000),
      end: valueAt('end_time'),
      published: valueAt('published_at'),
    });
    text += command;
  }
  return { template: Buffer.from(text, 'latin1'), places };
}
