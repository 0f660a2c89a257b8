/** Something to deliver, already text, so that its size is known and no later change of the program's objects reaches it. */
export type QueuedRecord = Readonly<{ signal: 'spans' | 'logs' | 'audits'; text: string; resource: string }>;

export type QueueCounts = Readonly<{ waiting: number; waitingBytes: number; dropped: number }>;

/** A queue of at most `maxBytes`; when it is full the oldest records go, and are counted. Sizes are of UTF-8. */
export class RecordQueue {
  private readonly maxBytes: number;
  private records: QueuedRecord[] = [];
  private sizes: number[] = [];
  private first = 0;
  private bytes = 0;
  private droppedCount = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get counts(): QueueCounts {
    return { waiting: this.records.length - this.first, waitingBytes: this.bytes, dropped: this.droppedCount };
  }

  add(record: QueuedRecord): void {
    // The constant stands for the objects around the text.
    const size = Buffer.byteLength(record.text) + 100;
    if (size > this.maxBytes) {
      this.droppedCount += 1;
      return;
    }
    while (this.bytes + size > this.maxBytes) {
      this.shift();
      this.droppedCount += 1;
    }
    this.records.push(record);
    this.sizes.push(size);
    this.bytes += size;
  }

  /** Takes the oldest records, up to both limits. */
  take(maxCount: number, maxBytes: number): readonly QueuedRecord[] {
    const taken: QueuedRecord[] = [];
    let size = 0;
    while (
      this.first < this.records.length &&
      taken.length < maxCount &&
      (taken.length === 0 || size + (this.sizes[this.first] ?? 0) <= maxBytes)
    ) {
      size += this.sizes[this.first] ?? 0;
      const record = this.shift();
      if (record) taken.push(record);
    }
    return taken;
  }

  countDropped(count: number): void {
    this.droppedCount += count;
  }

  private shift(): QueuedRecord | undefined {
    const record = this.records[this.first];
    this.bytes -= this.sizes[this.first] ?? 0;
    this.first += 1;
    if (this.first > 1024 && this.first * 2 > this.records.length) {
      this.records = this.records.slice(this.first);
      this.sizes = this.sizes.slice(this.first);
      this.first = 0;
    }
    return record;
  }
}
