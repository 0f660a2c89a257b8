import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogPlace } from '../model/audited-log.ts';
import { listAuditFiles, ownerOnly, readIfThere, writeWhole } from './audit-folder.ts';
import { copiedFrom, maxLineBytes, parseRecord } from './audit-record.ts';
import { readLinesBackward } from './read-lines.ts';

/** `place`: log documents up to it were copied, by audit records up to the number `seq`. */
export type LogPosition = Readonly<{ place: LogPlace; seq: number }>;

const name = 'log-position.json';

/** Behind every row of a segment. */
export const endOfSegment = (segment: number): LogPlace => ({ segment, row: 2 ** 32 - 1 });

export const isBehind = (a: LogPlace, b: LogPlace): boolean => a.segment > b.segment || (a.segment === b.segment && a.row > b.row);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function placeOf(value: unknown): LogPlace | undefined {
  const { segment, row } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  return isCount(segment) && isCount(row) ? { segment, row } : undefined;
}

async function readSaved(folder: string): Promise<LogPosition | undefined> {
  try {
    const { place, seq } = JSON.parse(String(await readIfThere(join(folder, name)))) as Readonly<Record<string, unknown>>;
    const found = placeOf(place);
    return found && isCount(seq) ? { place: found, seq } : undefined;
  } catch (error) {
    // None, or not one of ours: copying begins with new documents.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

export const savePosition = (folder: string, position: LogPosition): Promise<void> =>
  writeWhole(folder, name, JSON.stringify(position), ownerOnly);

export const forgetPosition = (folder: string): Promise<void> => rm(join(folder, name), { force: true });

/**
 * Up to where log documents were copied, whenever the process was killed: what was saved, and the records behind it, which say what they were
 * copied from. Undefined when nothing was saved.
 */
export async function findPosition(folder: string): Promise<LogPlace | undefined> {
  const saved = await readSaved(folder);
  if (saved === undefined) return undefined;
  for (const { path } of (await listAuditFiles(folder)).toReversed()) {
    for await (const line of readLinesBackward(path, maxLineBytes)) {
      const record = parseRecord(line);
      if (record === undefined) continue;
      if (record.seq <= saved.seq) return saved.place;
      // Places grow with the numbers of records.
      const place = placeOf(record.details[copiedFrom]);
      if (place !== undefined) return isBehind(place, saved.place) ? place : saved.place;
    }
  }
  return saved.place;
}
