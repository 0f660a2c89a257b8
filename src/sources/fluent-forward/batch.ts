import type { DeadLetter, LogDocument } from '../../model/ingest.ts';

/** Documents of one connection on their way to the journal, and the acknowledgements that are due when they are there. */
export type ForwardBatch = {
  documents: LogDocument[];
  deadLetters: DeadLetter[];
  /** Memory that the documents and dead letters take, in bytes. */
  bytes: number;
  /** MessagePack `{"ack": chunk}` of each message that ends in this batch, in order. */
  acks: Buffer[];
  /** Messages whose sender keeps no copy, because it asked for no acknowledgement. */
  unacknowledgeable: number;
};

/** What a document costs beside its bytes, so that many empty ones cannot add up unseen. */
const overheadBytes = 128;

export function emptyBatch(): ForwardBatch {
  return { documents: [], deadLetters: [], bytes: 0, acks: [], unacknowledgeable: 0 };
}

export function addDocument(batch: ForwardBatch, document: LogDocument): void {
  batch.documents.push(document);
  batch.bytes += document.length + overheadBytes;
}

/** `payload` is copied, as it may be a view of a buffer that is used again. */
export function addDeadLetter(batch: ForwardBatch, payload: Uint8Array, reason: string): void {
  batch.deadLetters.push({ payload: Buffer.from(payload), reason });
  batch.bytes += payload.length + overheadBytes;
}

const ackPrefix = Buffer.from([0x81, 0xa3, 0x61, 0x63, 0x6b]);

export function addAck(batch: ForwardBatch, chunk: Buffer | undefined): void {
  if (chunk) batch.acks.push(Buffer.concat([ackPrefix, chunk]));
  else batch.unacknowledgeable++;
}
