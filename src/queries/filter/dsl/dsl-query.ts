import type { Query } from '../query.ts';

/** What an operator's parser may ask for while it parses its body. */
export interface DslContext {
  /** Parses an inner query; counts depth and clauses, and throws `AppError` over their limits. */
  parse(json: unknown): Query;
  /** Counts clauses that a query text (not JSON) holds. */
  countClauses(count: number): void;
}

/** Parses the body of one kind of query, for example what stands behind `"term":`. */
export type DslOperator = (body: unknown, context: DslContext) => Query;
