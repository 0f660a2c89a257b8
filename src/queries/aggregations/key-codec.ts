import { sqlNumber, sqlString } from '../../lib/sql-text.ts';
import { printMillis } from './date-value.ts';
import type { FieldValues } from './field-values.ts';

export type KeyLiteral = (output: unknown) => string;

/** How keys of one kind of value leave the engine, are printed, and go back into SQL. */
export type KeyCodec = Readonly<{
  output: (alias: string) => string;
  literal: KeyLiteral;
  /** `key`, and `key_as_string` where Elasticsearch has one. */
  print: (output: unknown) => { key: unknown; key_as_string?: string };
}>;

/** Integers beyond 2^53 stay exact as bigint. */
export function exactInteger(text: unknown): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(String(text));
}

export function keyCodec(values: FieldValues, format: string | undefined): KeyCodec {
  switch (values.kind) {
    case 'string':
      return { output: (alias) => alias, literal: (output) => sqlString(String(output)), print: (output) => ({ key: output }) };
    case 'integer':
      return {
        output: (alias) => `toString(${alias})`,
        literal: (output) => `toInt64(${exactInteger(output)})`,
        print: (output) => ({ key: exactInteger(output) }),
      };
    case 'float':
      return {
        output: (alias) => alias,
        literal: (output) => `toFloat64(${sqlNumber(Number(output))})`,
        print: (output) => ({ key: Number(output) }),
      };
    case 'boolean':
      return {
        output: (alias) => `toUInt8(${alias})`,
        literal: (output) => (Number(output) === 1 ? 'true' : 'false'),
        print: (output) => ({ key: Number(output), key_as_string: Number(output) === 1 ? 'true' : 'false' }),
      };
    case 'time':
      return {
        output: (alias) => `toString(${alias})`,
        literal: (output) => `toInt64(${exactInteger(output)})`,
        print: (output) => {
          const key = Number(output);
          return { key, key_as_string: printMillis(key, format ?? values.dateFormat) };
        },
      };
  }
}
