import { createReadStream } from 'node:fs';
import { access, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { flattenDocument } from '../../lib/json/flatten-document.ts';
import { automaticId, type SealedSegment } from '../../model/journal-line.ts';
import type { Engine } from '../engine/engine.ts';
import { isAboutData } from '../engine/engine-error.ts';
import { loadDeadLettersStatement } from './load-dead-letters-statement.ts';
import { loadLogsStatement } from './load-statement.ts';
import { dayOf, markUncounted } from './uncounted-days.ts';

/**
 * The last resort for a segment that the engine does not take as a whole: its documents go in in pieces that are halved
 * until what cannot be read stands alone, and that becomes a dead letter. What a former try has stored is left out by row,
 * so this can stop anywhere and run again; a mark beside the segment says that it MUST NOT be loaded as a whole any more.
 */
const pieceRows = 1000;

const markOf = (segment: SealedSegment) => `${segment.path}.pieces`;

export const isInPieces = (segment: SealedSegment): Promise<boolean> =>
  access(markOf(segment)).then(
    () => true,
    () => false,
  );

/** MUST come after the removal of the segment. */
export const forgetPieces = (segment: SealedSegment): Promise<void> => rm(markOf(segment), { force: true });

type Line = Readonly<{ row: number; columns: readonly string[] }>;

/** Returns how many documents became dead letters. */
export async function loadInPieces(engine: Engine, segment: SealedSegment): Promise<number> {
  // A try to load the whole may have counted it.
  await markUncounted(engine, [{ index: '', day: dayOf(segment.openedAt) }]);
  await writeFile(markOf(segment), '', { flush: true });
  const done = await readDone(engine, segment);
  const piece = `${segment.path}.piece`;
  let refused = 0;
  const lines: Line[] = [];

  async function load(part: readonly Line[]): Promise<void> {
    const [first, last] = [part[0], part.at(-1)];
    if (!first || !last) return;
    try {
      await writeFile(piece, part.map(({ columns }) => `${columns.join('\t')}\n`).join(''));
      await engine.load(withToken(loadLogsStatement({ ...segment, path: piece }), `${first.row}-${last.row}`));
    } catch (error) {
      if (part.length > 1) {
        await load(part.slice(0, part.length / 2));
        await load(part.slice(part.length / 2));
      } else if (isAboutData(error)) {
        await loadDeadLetter(first, (error as Error).message);
        refused++;
      } else throw error;
    }
  }

  async function loadDeadLetter({ row, columns }: Line, reason: string): Promise<void> {
    const payload = Buffer.from(columns[5] ?? '').toString('base64');
    await writeFile(piece, ['!', columns[1], 'store', row, reason.replaceAll(/\s/g, ' '), `${payload}\n`].join('\t'));
    await engine.load(withToken(loadDeadLettersStatement({ ...segment, path: piece }), String(row)));
  }

  for await (const text of createInterface({ input: createReadStream(segment.path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const columns = text.split('\t');
    const row = Number(columns[3]);
    if (columns[0] !== '+' || done.has(row)) continue;
    if (!columns[4]?.startsWith('{')) columns[4] = flattenDocument(columns[5] ?? '{}');
    lines.push({ row, columns });
    if (lines.length >= pieceRows) await load(lines.splice(0));
  }
  await load(lines);
  await rm(piece, { force: true });
  return refused;
}

/** Rows of the segment that are in one of the tables. */
async function readDone(engine: Engine, segment: SealedSegment): Promise<ReadonlySet<number>> {
  const stored = await engine.select(`SELECT _row AS row FROM logs WHERE _segment = ${segment.id}`);
  const refused = await engine.select(
    `SELECT reinterpretAsUInt32(reverse(unhex(leftPad(substring(id, 14), 8, '0')))) AS row FROM dead_letters WHERE startsWith(id, '${automaticId(segment.id, 0).slice(0, 13)}')`,
  );
  return new Set([...stored, ...refused].map(({ row }) => Number(row)));
}

/** The engine would take a second piece with the same token for the first. */
function withToken(statement: string, piece: string): string {
  const tokened = statement.replace(/(insert_deduplication_token = '[^']+)'/, `$1-rows-${piece}'`);
  if (tokened === statement) throw new Error('BUG: a load statement has no deduplication token');
  return tokened;
}
