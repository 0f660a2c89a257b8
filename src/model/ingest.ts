/**
 * What a log source hands over. One document is one JSON object as UTF-8 bytes, without a line end inside or behind it.
 */
export type LogDocument = Uint8Array;

/** A record that arrived but could not be read as a log; kept in the dead-letter table with the reason. */
export type DeadLetter = Readonly<{ payload: Uint8Array; reason: string }>;

export type LogBatch = Readonly<{
  /** The protocol that received the records, for example `fluent-forward`; the name under which they are counted. */
  source: string;
  /** Concrete index, alias, data stream or date-math name. */
  index: string;
  documents: readonly LogDocument[];
  deadLetters?: readonly DeadLetter[];
}>;

/**
 * Takes a batch into the journal. Resolves when every record is synced to disk: only then may a source acknowledge.
 * A document that is not a JSON object goes to the dead letters, so nothing is dropped.
 * Rejects with `AppError` `journal_full`, `disk_full` or `shutting_down`: the source MUST NOT acknowledge and should let
 * its sender try again (back-pressure in the protocol's own form).
 */
export type IngestLogs = (batch: LogBatch) => Promise<Readonly<{ accepted: number; deadLettered: number }>>;
