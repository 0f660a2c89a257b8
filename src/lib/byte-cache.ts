import { type ByteSource, isTextAt, withView } from './byte-words.ts';

const bucketCount = 4096;

type Known<Value> = Readonly<{ text: ByteSource; value: Value; next: Known<Value> | undefined }>;

/** Values made of texts that come again and again, found by the bytes of the text: making a string to look for costs several times as much. */
export class ByteCache<Value> {
  readonly #create: (text: string) => Value;
  readonly #maxTexts: number;
  readonly #maxBytes: number;
  readonly #buckets = new Array<Known<Value> | undefined>(bucketCount).fill(undefined);
  #texts = 0;

  /** Longer texts than `maxBytes` are made anew each time; all are forgotten when there are more than `maxTexts`. */
  constructor(maxTexts: number, maxBytes: number, create: (text: string) => Value) {
    this.#maxTexts = maxTexts;
    this.#maxBytes = maxBytes;
    this.#create = create;
  }

  get(source: ByteSource, start: number, end: number): Value {
    const { bytes } = source;
    const length = end - start;
    const bucket = length === 0 ? 0 : hashOf(bytes, start, end) & (bucketCount - 1);
    for (let known = this.#buckets[bucket]; known !== undefined; known = known.next) {
      if (isTextAt(known.text, source, start, end)) return known.value;
    }
    const value = this.#create(bytes.toString('utf8', start, end));
    if (length <= this.#maxBytes) this.#keep(bucket, withView(Buffer.from(bytes.subarray(start, end))), value);
    return value;
  }

  #keep(bucket: number, text: ByteSource, value: Value): void {
    if (this.#texts >= this.#maxTexts) {
      this.#buckets.fill(undefined);
      this.#texts = 0;
    }
    this.#buckets[bucket] = { text, value, next: this.#buckets[bucket] };
    this.#texts++;
  }
}

/** Of few bytes: texts of one length that agree in all three are rare. */
const hashOf = (bytes: Uint8Array, start: number, end: number): number =>
  (end - start) * 31 + (bytes[start] as number) * 131 + (bytes[(start + end) >> 1] as number) * 17 + (bytes[end - 1] as number) * 521;
