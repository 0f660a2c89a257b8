// A file of `_bulk` bodies of page records, and the list of where each body lies in it.
import { closeSync, openSync, writeSync } from 'node:fs';
import { pageRecord } from './page-records.mjs';

export const action = '{"create":{}}\n';
const dayMicros = 86_400e6;

/**
 * Records `from` to `to` of a run of `total`, whose times run through the 24 hours before `endMillis`, each up to two seconds out
 * of order. Returns [{ offset, bytes, records }] and the bytes of the records alone.
 */
export function writeBulkFile(path, { seed, from, to, total, endMillis, recordsPerBody, shape }) {
  const file = openSync(path, 'w');
  const startMicros = endMillis * 1000 - dayMicros;
  const bodies = [];
  let offset = 0;
  let recordBytes = 0;
  const buffer = Buffer.allocUnsafe(recordsPerBody * 4096);
  for (let first = from; first < to; first += recordsPerBody) {
    const last = Math.min(first + recordsPerBody, to);
    let bytes = 0;
    for (let position = first; position < last; position++) {
      const jitter = ((position * 7919) % 4_000_000) - 4_000_000;
      const micros = startMicros + (position / total) * dayMicros + jitter;
      bytes += buffer.write(`${action}${pageRecord(seed, position, micros, shape)}\n`, bytes);
    }
    writeSync(file, buffer, 0, bytes);
    bodies.push({ offset, bytes, records: last - first });
    offset += bytes;
    recordBytes += bytes - (last - first) * (action.length + 1);
  }
  closeSync(file);
  return { bodies, recordBytes };
}
