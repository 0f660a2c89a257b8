import { isMissing, listAuditFiles } from './audit-folder.ts';
import { type AuditRecord, maxLineBytes, parseRecord } from './audit-record.ts';
import { readLines, readLinesBackward } from './read-lines.ts';

/** Every part that is given must fit. */
export type AuditFilter = Readonly<{
  /** Milliseconds since the epoch; both ends belong to it. */
  fromMillis?: number | undefined;
  toMillis?: number | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  resource?: string | undefined;
  result?: string | undefined;
}>;

export type AuditQuery = AuditFilter &
  Readonly<{
    /** Only records with smaller numbers. */
    before?: number | undefined;
    limit: number;
  }>;

export type AuditPage = Readonly<{
  records: readonly AuditRecord[];
  /** `before` of the next page; undefined when this is the last one. A page may hold fewer records than asked for, even none, and not be the last. */
  nextBefore: number | undefined;
}>;

/** A page costs no more than reading this. */
const maxPageBytes = 32 * 1024 ** 2;

const textNames = ['action', 'actor', 'resource', 'result'] as const;

/** Whether a record fits; `undefined` when the line is none that is as it was written. */
function createMatcher(filter: AuditFilter): (line: Buffer) => AuditRecord | undefined {
  const { fromMillis = Number.NEGATIVE_INFINITY, toMillis = Number.POSITIVE_INFINITY } = filter;
  const wanted = textNames.flatMap((name) => (filter[name] === undefined ? [] : [{ name, value: filter[name] }]));
  // A line without these bytes need not be parsed; one with them may have them elsewhere.
  const needles = wanted.map(({ name, value }) => Buffer.from(`"${name}":${JSON.stringify(value)}`));
  return (line) => {
    if (!needles.every((needle) => line.includes(needle))) return undefined;
    const record = parseRecord(line);
    if (record === undefined || !wanted.every(({ name, value }) => record[name] === value)) return undefined;
    const time = Date.parse(record.time);
    return fromMillis <= time && time <= toMillis ? record : undefined;
  };
}

/** The number of a record, read from the end of its line, which is the same for every record. */
const seqOf = (line: Buffer): number | undefined => {
  const end = line.toString('latin1', Math.max(0, line.length - 80));
  const seq = /,"seq":(\d{1,16}),"time":"[^"\\]*"\}$/.exec(end)?.[1];
  return seq === undefined ? undefined : Number(seq);
};

/** The newest records that fit and stand before `before`, the newest first. Lines that are not as they were written are left out. */
export async function readPage(folder: string, { before = Number.POSITIVE_INFINITY, limit, ...filter }: AuditQuery): Promise<AuditPage> {
  const match = createMatcher(filter);
  const found: AuditRecord[] = [];
  let bytes = 0;
  let nextBefore = before;
  const files = (await listAuditFiles(folder)).filter(({ firstSeq }) => firstSeq < before);
  for (const { path } of files.toReversed()) {
    for await (const line of whileThere(readLinesBackward(path, maxLineBytes))) {
      const seq = seqOf(line);
      if (seq === undefined || seq >= before) continue;
      if (found.length >= limit || bytes > maxPageBytes) return { records: found, nextBefore };
      bytes += line.length;
      nextBefore = seq;
      const record = match(line);
      if (record !== undefined) found.push(record);
    }
  }
  return { records: found, nextBefore: undefined };
}

/** Nothing, when retention has removed the file since the folder was listed. */
async function* whileThere<T>(lines: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* lines;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** All records that fit, as the lines that are stored, in their order. `onDamaged` hears of every line that is not as it was written. */
export async function* exportLines(folder: string, filter: AuditFilter, onDamaged: () => void): AsyncGenerator<Buffer> {
  const match = createMatcher(filter);
  for (const { path } of await listAuditFiles(folder)) {
    for await (const { bytes, torn } of whileThere(readLines(path, maxLineBytes))) {
      if (torn) continue;
      if (match(bytes) !== undefined) yield Buffer.concat([bytes, Buffer.from('\n')]);
      else if (parseRecord(bytes) === undefined) onDamaged();
    }
  }
}
