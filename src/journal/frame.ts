import { crc32 } from 'node:zlib';
import type { FrameContent } from '../model/journal-line.ts';

/**
 * A frame is what one acknowledgement covers: a header line and the payload lines behind it.
 *
 *     f <tab> CRC-32 of the payload, 8 hexadecimal digits <tab> payload bytes <tab> payload lines <tab> content <tab> \n
 *
 * `content` holds a letter for each kind of content (`marks`). The header is itself a line of six columns, so that a whole segment
 * is one table for the engine.
 */
export type FrameHeader = Readonly<{ crc: number; bytes: number; rows: number; content: FrameContent }>;

const marks: Readonly<Record<keyof FrameContent, string>> = { documents: 'p', keyed: 'k', deadLetters: 'd', spans: 's', metrics: 'm' };
const names = Object.keys(marks) as readonly (keyof FrameContent)[];

const contentWhere = (holds: (name: keyof FrameContent) => boolean): FrameContent => ({
  documents: holds('documents'),
  keyed: holds('keyed'),
  deadLetters: holds('deadLetters'),
  spans: holds('spans'),
  metrics: holds('metrics'),
});

export const joinContent = (one: FrameContent, other: FrameContent): FrameContent => contentWhere((name) => one[name] || other[name]);

export function frameHeader(payload: Uint8Array, rows: number, content: FrameContent): Buffer {
  const held = names
    .filter((name) => content[name])
    .map((name) => marks[name])
    .join('');
  return Buffer.from(`f\t${crc32(payload).toString(16).padStart(8, '0')}\t${payload.length}\t${rows}\t${held}\t\n`, 'latin1');
}

const header = /^f\t([0-9a-f]{8})\t(\d{1,12})\t(\d{1,9})\t([a-z]{0,8})\t\n/;
export const maxHeaderBytes = 48;

export function parseFrameHeader(bytes: Uint8Array): (FrameHeader & { headerBytes: number }) | undefined {
  const match = header.exec(Buffer.from(bytes.subarray(0, maxHeaderBytes)).toString('latin1'));
  if (!match) return undefined;
  return {
    headerBytes: match[0].length,
    crc: Number.parseInt(match[1] as string, 16),
    bytes: Number(match[2]),
    rows: Number(match[3]),
    content: contentWhere((name) => (match[4] as string).includes(marks[name])),
  };
}
