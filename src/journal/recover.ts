import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type FrameContent, noContent, type SealedSegment } from '../model/journal-line.ts';
import { isDiskFull } from './disk-full.ts';
import { joinContent, maxHeaderBytes, parseFrameHeader } from './frame.ts';

/** Bytes that a crash or a failing disk damaged, kept for people to look at. */
export type Damage = Readonly<{ segment: string; keptBytes: number; damagedBytes: number; savedAs: string }>;

export type Recovery = Readonly<{ segments: readonly SealedSegment[]; damages: readonly Damage[] }>;

/**
 * The name holds the millisecond in which the segment was opened too: it becomes `_ingested` and so the partition, which
 * MUST be the same however often the segment is loaded, or the engine would not see that it has it already.
 */
export const segmentName = (id: number, openedAt: number) => `${id.toString().padStart(16, '0')}-${openedAt}.tsv`;

function parseSegmentName(name: string): { id: number; openedAt: number } | undefined {
  const match = /^(\d{16})-(\d{1,15})\.tsv$/.exec(name);
  return match ? { id: Number(match[1]), openedAt: Number(match[2]) } : undefined;
}

/** Length of the undamaged frames at the start of a segment, and what is in them. Reads one frame at a time. */
async function readFrames(path: string, size: number): Promise<{ bytes: number; rows: number; content: FrameContent }> {
  const file = await open(path, 'r');
  try {
    let bytes = 0;
    let rows = 0;
    let content = noContent;
    const head = Buffer.alloc(maxHeaderBytes);
    while (bytes < size) {
      const { bytesRead } = await file.read(head, 0, maxHeaderBytes, bytes);
      const frame = parseFrameHeader(head.subarray(0, bytesRead));
      if (!frame || bytes + frame.headerBytes + frame.bytes > size) break;
      const payload = Buffer.allocUnsafe(frame.bytes);
      await file.read(payload, 0, frame.bytes, bytes + frame.headerBytes);
      if (crc32(payload) !== frame.crc) break;
      bytes += frame.headerBytes + frame.bytes;
      rows += frame.rows;
      content = joinContent(content, frame.content);
    }
    return { bytes, rows, content };
  } finally {
    await file.close();
  }
}

/** A block less than was given back may be free: the first one still holds the end of the undamaged frames. */
async function writeWhatFits(target: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(target, bytes, { flush: true });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

async function setAside(folder: string, path: string, name: string, from: number, size: number): Promise<string> {
  const aside = join(folder, 'damaged');
  await mkdir(aside, { recursive: true });
  const target = join(aside, `${name}.from-byte-${from}`);
  const file = await open(path, 'r+');
  try {
    const tail = Buffer.allocUnsafe(size - from);
    await file.read(tail, 0, tail.length, from);
    try {
      await writeFile(target, tail, { flush: true });
      await file.truncate(from);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      // A full disk is how such a tail comes about; what it occupies is the room that its copy needs.
      await file.truncate(from);
      await writeWhatFits(target, tail);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return target;
}

/**
 * Finds the segments that a previous process left. Frames up to the first damage are kept; what stands behind it, which
 * was never acknowledged unless the disk itself lost it, is moved to `damaged/`.
 */
export async function recover(folder: string): Promise<Recovery> {
  const segments: SealedSegment[] = [];
  const damages: Damage[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const parsed = parseSegmentName(name);
    if (parsed === undefined) continue;
    const path = join(folder, name);
    const { size } = await stat(path);
    const { bytes, rows, content } = await readFrames(path, size);
    if (bytes < size) {
      const savedAs = await setAside(folder, path, name, bytes, size);
      damages.push({ segment: name, keptBytes: bytes, damagedBytes: size - bytes, savedAs });
    }
    if (bytes === 0) await rm(path);
    else segments.push({ ...parsed, path, bytes, rows, content });
  }
  return { segments, damages };
}
