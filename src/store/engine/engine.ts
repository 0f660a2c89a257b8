/** What meshscope asks of a ClickHouse engine. SQL is the same for every implementation. */
export type QueryLimits = Readonly<{
  timeoutMillis?: number;
  memoryBytes?: number;
  /** Rows that may be read. */
  maxRows?: number;
  /** Stops the query; the promise then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}>;

export type Row = Readonly<Record<string, unknown>>;

/** The values of each column, by its name; all have the same length. */
export type Columns = Readonly<Record<string, readonly unknown[]>>;

export interface Engine {
  /**
   * Runs a SELECT without FORMAT; it may end with SETTINGS whose values are plain words or numbers. Rows are JSON objects in which 64-bit integers are strings.
   * Rejects with `AppError` `query_too_expensive` when a limit was hit, `disk_full` or `store_failed`.
   */
  select(sql: string, limits?: QueryLimits): Promise<readonly Row[]>;
  /** The same by columns, which for many rows costs a fraction of what objects cost. */
  selectColumns(sql: string, limits?: QueryLimits): Promise<Columns>;
  /** A statement without result: DDL, DELETE, small INSERT … SELECT. Runs one after the other. */
  command(sql: string): Promise<void>;
  /** A bulk INSERT … SELECT; as many run side by side as the engine has loaders. */
  load(sql: string): Promise<void>;
  close(): Promise<void>;
}
