/** Bytes, and the same bytes to be read four at a time. */
export type ByteSource = Readonly<{ bytes: Buffer; view: DataView }>;

export const wordBytes = 4;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const withView = (bytes: Buffer): ByteSource => ({ bytes, view: viewOf(bytes) });

export const sourceOf = (text: string): ByteSource => withView(Buffer.from(text));

/** Whether `text` is what stands from `start` to `end`. Its last word overlaps the one before; what is shorter than a word is compared by bytes. */
export function isTextAt(text: ByteSource, { bytes, view }: ByteSource, start: number, end: number): boolean {
  const { length } = text.bytes;
  if (end - start !== length) return false;
  if (length < wordBytes) {
    for (let at = 0; at < length; at++) if (text.bytes[at] !== bytes[start + at]) return false;
    return true;
  }
  const last = length - wordBytes;
  for (let at = 0; at < last; at += wordBytes) if (text.view.getInt32(at) !== view.getInt32(start + at)) return false;
  return text.view.getInt32(last) === view.getInt32(start + last);
}

/** Whether one of four bytes is a control character, which ASCII has below 0x20. Those of other characters in UTF-8 are none. */
export const hasControl = (word: number): boolean => ((word - 0x20202020) & ~word & highBits) !== 0;

/** Whether one of four bytes is `\`. */
export const hasBackslash = (word: number): boolean => hasZero(word ^ 0x5c5c5c5c);

/** Whether one of four bytes is `"`. */
export const hasQuote = (word: number): boolean => hasZero(word ^ 0x22222222);

const highBits = 0x80808080 | 0;

/** The lowest byte that is zero borrows from its own highest bit, and no byte before it does ("Bit Twiddling Hacks", Anderson). */
const hasZero = (word: number): boolean => ((word - 0x01010101) & ~word & highBits) !== 0;
