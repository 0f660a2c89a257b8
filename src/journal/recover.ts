import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FrameContent, SealedSegment } from '../model/journal-line.ts';
import { joinContent, maxHeaderBytes, noContent, parseFrameHeader } from './frame.ts';

/** Bytes that a crash or a failing disk damaged, kept for people to look at. */
export type Damage = Readonly<{ segment: string; keptBytes: number; damagedBytes: number; savedAs: string }>;

export type Recovery = Readonly<{ segments: readonly SealedSegment[]; damages: readonly Damage[] }>;

export const segmentName = (id: number) => `${id.toString().padStart(16, '0')}.tsv`;
const parseSegmentName = (name: string) => (/^\d{16}\.tsv$/.test(name) ? Number(name.slice(0, 16)) : undefined);

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

async function setAside(folder: string, path: string, name: string, from: number, size: number): Promise<string> {
  const aside = join(folder, 'damaged');
  await mkdir(aside, { recursive: true });
  const target = join(aside, `${name}.from-byte-${from}`);
  const file = await open(path, 'r+');
  try {
    const tail = Buffer.allocUnsafe(size - from);
    await file.read(tail, 0, tail.length, from);
    await writeFile(target, tail, { flush: true });
    await file.truncate(from);
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
    const id = parseSegmentName(name);
    if (id === undefined) continue;
    const path = join(folder, name);
    const { size, birthtimeMs, mtimeMs } = await stat(path);
    const { bytes, rows, content } = await readFrames(path, size);
    if (bytes < size) {
      const savedAs = await setAside(folder, path, name, bytes, size);
      damages.push({ segment: name, keptBytes: bytes, damagedBytes: size - bytes, savedAs });
    }
    if (bytes === 0) await rm(path);
    else segments.push({ id, path, bytes, rows, content, openedAt: Math.floor(Math.min(birthtimeMs || mtimeMs, mtimeMs)) });
  }
  return { segments, damages };
}

/** Takes a segment out of the way when the store cannot read it at all, so that it does not block those behind it. */
export async function quarantine(folder: string, segment: SealedSegment): Promise<string> {
  const aside = join(folder, 'damaged');
  await mkdir(aside, { recursive: true });
  const target = join(aside, segmentName(segment.id));
  await rename(segment.path, target);
  return target;
}
