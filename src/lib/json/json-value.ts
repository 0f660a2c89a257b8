/**
 * JSON as Elasticsearch reads it: `//` and `/* *\/` comments are white space, a duplicate key is an error, nesting is bounded, and
 * integers that a double cannot hold stay exact (`bigint`). Objects have no prototype, so `__proto__` is a key like any other.
 */
export type JsonValue = null | boolean | number | bigint | string | ExactNumber | readonly JsonValue[] | JsonObject;
export type JsonObject = Readonly<{ [key: string]: JsonValue }>;

/** A number that is printed with exactly this text, for example `1.0`, which Elasticsearch prints for the double 1. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
