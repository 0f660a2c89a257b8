import { elasticsearchError, illegalArgument, parsingError, unsupported } from '../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../lib/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The body of one aggregation. Every parameter is read by name, and `finish` refuses those that nobody read, so that a
 * parameter is never silently ignored.
 */
export class Params {
  readonly type: string;
  readonly name: string;
  readonly body: JsonObject;
  readonly #read = new Set<string>();

  constructor(type: string, name: string, body: JsonObject) {
    this.type = type;
    this.name = name;
    this.body = body;
  }

  get(key: string): unknown {
    this.#read.add(key);
    const value = Object.hasOwn(this.body, key) ? this.body[key] : undefined;
    return value === null ? undefined : value;
  }

  string(key: string): string | undefined {
    const value = this.get(key);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw this.wrongValue(key, value);
  }

  /** Numbers may come as text, as Elasticsearch's lenient parser allows. */
  number(key: string): number | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : this.#toNumber(key, value);
  }

  integer(key: string, fallback: number, smallest: number): number {
    const value = this.number(key);
    if (value === undefined) return fallback;
    if (!Number.isInteger(value) || value < smallest) {
      throw illegalArgument(
        `[${key}] must be ${smallest === 0 ? 'greater than or equal to 0' : 'greater than 0'}. Found [${value}] in [${this.name}]`,
      );
    }
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.get(key);
    if (value === undefined) return fallback;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw this.wrongValue(key, value);
  }

  object(key: string): JsonObject | undefined {
    const value = this.get(key);
    if (value === undefined || isObject(value)) return value;
    throw this.wrongValue(key, value);
  }

  array(key: string): readonly unknown[] | undefined {
    const value = this.get(key);
    if (value === undefined || Array.isArray(value)) return value;
    throw this.wrongValue(key, value);
  }

  numbers(key: string): readonly number[] | undefined {
    return this.array(key)?.map((value) => this.#toNumber(key, value));
  }

  #toNumber(key: string, value: unknown): number {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) throw this.wrongValue(key, value);
    return number;
  }

  /** The field that a values source reads. A script cannot be run, so it is refused rather than skipped. */
  field(): string {
    if (this.get('script') !== undefined) {
      throw unsupported(`[${this.name}] uses a [script], which meshscope does not run. Name a [field], or store the value in a field.`);
    }
    const field = this.get('field');
    if (typeof field !== 'string') {
      throw illegalArgument(`Required one of fields [field, script], but none were specified. [${this.type}] aggregation [${this.name}]`);
    }
    return field;
  }

  required(key: string): string {
    const value = this.string(key);
    if (value === undefined)
      throw illegalArgument(`Required one of fields [${key}], but none were specified. [${this.type}] aggregation [${this.name}]`);
    return value;
  }

  /** Parameters that tune Elasticsearch's shards and change no result here. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key);
  }

  wrongValue(key: string, value: unknown): AppError {
    return parsingError(`[${this.type}] ${key} does not support a value of ${JSON.stringify(value)?.slice(0, 100)} in [${this.name}]`);
  }

  finish(): void {
    const unknown = Object.keys(this.body).find((key) => !this.#read.has(key));
    if (unknown !== undefined) throw elasticsearchError('x_content_parse_exception', `[${this.type}] unknown field [${unknown}]`);
  }
}
