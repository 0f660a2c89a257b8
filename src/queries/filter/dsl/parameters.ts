import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import type { Value } from '../query.ts';

/** Reading the bodies of DSL queries: every mistake becomes Elasticsearch's `parsing_exception`. */
export type Body = Readonly<Record<string, unknown>>;

/** Accepted on every query and without effect: scores are constant, and no answer names the queries that matched. */
const inert = new Set(['boost', '_name']);

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isValue(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

/** The parameters of one query, read by name; `finish` refuses the names that nobody asked for. */
export class Parameters {
  readonly query: string;
  private readonly body: Body;
  private readonly read = new Set<string>(inert);

  constructor(query: string, body: unknown) {
    if (!isBody(body)) throw parsingError(`[${query}] query malformed, no start_object after query name`);
    this.query = query;
    this.body = body;
  }

  raw(name: string): unknown {
    this.read.add(name);
    return Object.hasOwn(this.body, name) ? (this.body[name] ?? undefined) : undefined;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  value(name: string): Value | undefined {
    const value = this.raw(name);
    if (value === undefined || isValue(value)) return value;
    throw parsingError(`[${this.query}] unknown token after [${name}]: expected a value`);
  }

  requiredValue(name: string): Value {
    const value = this.value(name);
    if (value === undefined) throw parsingError(`[${this.query}] requires [${name}]`);
    return value;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : String(value);
  }

  integer(name: string, fallback: number): number {
    const value = this.value(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (typeof value !== 'boolean' && Number.isSafeInteger(number) && number >= 0) return number;
    throw illegalArgument(`[${this.query}] [${name}] must be a whole number of at least 0, but was [${value}]`);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.value(name);
    if (value === undefined) return fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw illegalArgument(`Failed to parse value [${value}] of [${name}] as only [true] or [false] are allowed.`);
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return fallback;
    const choice = choices.find((known) => known === value);
    if (choice === undefined) throw parsingError(`[${this.query}] [${name}] must be one of ${choices.join(', ')}, but was [${value}]`);
    return choice;
  }

  /** A list of strings; one string stands for a list of one. */
  texts(name: string): string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value : [value];
    return list.map((item: unknown) => {
      if (isValue(item)) return String(item);
      throw parsingError(`[${this.query}] [${name}] must hold strings`);
    });
  }

  /** Parameters that change speed or score and never which documents match. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.read.add(name);
  }

  names(): string[] {
    return Object.keys(this.body).filter((name) => !this.read.has(name));
  }

  finish(): void {
    const unknown = this.names()[0];
    if (unknown !== undefined) throw parsingError(`[${this.query}] query does not support [${unknown}]`);
  }
}

/**
 * The form `{field: value}` or `{field: {shortName: value, …}}`. Returns the field and its parameters; a short form shows
 * as parameters that hold only `shortName`.
 */
export function fieldForm(query: string, body: unknown, shortName: string): { field: string; parameters: Parameters } {
  if (!isBody(body)) throw parsingError(`[${query}] query malformed, no start_object after query name`);
  const names = Object.keys(body).filter((name) => !inert.has(name));
  const [field, second] = names;
  if (field === undefined) throw parsingError(`[${query}] query malformed, no field name`);
  if (second !== undefined) throw parsingError(`[${query}] query doesn't support multiple fields, found [${field}] and [${second}]`);
  const value = body[field];
  if (isBody(value)) return { field, parameters: new Parameters(query, value) };
  if (!isValue(value)) throw parsingError(`[${query}] query malformed, field [${field}] has no value`);
  return { field, parameters: new Parameters(query, { [shortName]: value }) };
}
