import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');
const mostColours = 256;

/**
 * The same picture with a palette of at most 256 colours, a third of the size. Takes what Chromium writes: 8 bits of red, green and blue, not interlaced.
 * The commonest colour of a group stands for all of it, so that surfaces keep theirs exactly.
 */
export function palettePng(png) {
  const { header, rgb } = decoded(png);
  const counts = new Map();
  for (const colour of rgb) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const groups = grouped([...counts]);
  const place = new Map(groups.flatMap((group, at) => group.map(([colour]) => [colour, at])));
  const palette = groups.map((group) => group.reduce((most, one) => (one[1] > most[1] ? one : most))[0]);
  const width = header.readUInt32BE(0);
  const rows = Buffer.alloc((rgb.length / width) * (width + 1));
  for (const [at, colour] of rgb.entries()) rows[Math.floor(at / width) * (width + 1) + 1 + (at % width)] = place.get(colour);
  const withPalette = Buffer.from(header);
  withPalette[9] = 3;
  return Buffer.concat([
    signature,
    chunk('IHDR', withPalette),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Groups of [colour, count], by halving the group whose colours differ most, weighted by how common they are. */
function grouped(colours) {
  const groups = [colours];
  while (groups.length < mostColours) {
    const spreads = groups.map(spreadOf);
    const widest = spreads.reduce((most, { weight }, at) => (weight > spreads[most].weight ? at : most), 0);
    const { weight, shift } = spreads[widest];
    if (weight === 0) break;
    const sorted = groups[widest].sort(([one], [other]) => ((one >> shift) & 255) - ((other >> shift) & 255));
    const middle = (((sorted[0][0] >> shift) & 255) + ((sorted.at(-1)[0] >> shift) & 255)) / 2;
    const split = sorted.findIndex(([colour]) => ((colour >> shift) & 255) > middle);
    groups.splice(widest, 1, sorted.slice(0, split), sorted.slice(split));
  }
  return groups;
}

/** The channel in which a group's colours differ most, and how much that matters. */
function spreadOf(group) {
  const [spread, shift] = [16, 8, 0]
    .map((bits) => {
      const values = group.map(([colour]) => (colour >> bits) & 255);
      return [Math.max(...values) - Math.min(...values), bits];
    })
    .reduce((widest, one) => (one[0] > widest[0] ? one : widest));
  return { shift, weight: spread === 0 ? 0 : spread * Math.cbrt(group.reduce((sum, [, count]) => sum + count, 0)) };
}

function decoded(png) {
  const parts = [];
  let header;
  for (let at = signature.length; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const type = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + png.readUInt32BE(at));
    if (type === 'IHDR') header = data;
    if (type === 'IDAT') parts.push(data);
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header[8] !== 8 || header[9] !== 2 || header[12] !== 0) throw new Error('not a picture of 8 bits of red, green and blue');
  const stride = width * 3;
  const data = inflateSync(Buffer.concat(parts));
  const rgb = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)];
    const row = Uint8Array.from(data.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let x = 0; x < stride; x++) row[x] += predicted(filter, row[x - 3] ?? 0, above[x], above[x - 3] ?? 0);
    for (let x = 0; x < width; x++) rgb[y * width + x] = (row[x * 3] << 16) | (row[x * 3 + 1] << 8) | row[x * 3 + 2];
    above = row;
  }
  return { header, rgb };
}

/** PNG 9.2: what a filter adds from the left, from above, and from both. */
function predicted(filter, left, above, corner) {
  if (filter < 2) return filter === 0 ? 0 : left;
  if (filter < 4) return filter === 2 ? above : (left + above) >> 1;
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(left + above - corner - value));
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
