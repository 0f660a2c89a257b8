import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { flattenDocument } from '../../lib/json/flatten-document.ts';

/** Writes a copy of a segment in which every document carries its search form; returns the path of the copy. */
export async function flattenSegment(path: string): Promise<string> {
  const target = `${path}.flat`;
  const output = createWriteStream(target);
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const columns = line.split('\t');
    if (columns[0] === '+' && !columns[4]?.startsWith('{')) columns[4] = flattenDocument(columns[5] ?? '{}');
    if (!output.write(`${columns.join('\t')}\n`)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'finish');
  return target;
}
