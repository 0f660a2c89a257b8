import { sqlIdentifier, sqlString } from '../../lib/sql-text.ts';
import { type SqlFunction, sqlFunction } from './sql-functions.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads `(SELECT …)` behind the opening parenthesis that was looked at, and gives it with its parentheses. */
export type PrintSubquery = () => string;

/**
 * Reads an expression and prints it anew, in parentheses. Nothing of the text goes on as it is but numbers: names are quoted, texts are escaped, operators and
 * functions come from lists. Whatever is not in the grammar is refused.
 */
export function printExpression(reader: TokenReader, subquery: PrintSubquery): string {
  const expression = (): string => reader.within(either);

  /** Chains are printed flat, so that a long one is not a deep one. */
  function chain(word: string, read: () => string): string {
    const parts = [read()];
    while (reader.takeWords(word)) parts.push(read());
    return parts.length === 1 ? (parts[0] as string) : `(${parts.join(` ${word.toUpperCase()} `)})`;
  }

  const either = (): string => chain('or', both);
  const both = (): string => chain('and', negation);

  function negation(): string {
    return reader.takeWords('not') ? reader.within(() => `(NOT ${negation()})`) : comparison();
  }

  function comparison(): string {
    let left = sum();
    for (let tail = comparisonTail(); tail !== undefined; tail = comparisonTail()) left = `(${left} ${tail})`;
    return left;
  }

  function comparisonTail(): string | undefined {
    const sign = reader.takeSign('=', '==', '!=', '<>', '<=', '>=', '<', '>');
    if (sign !== undefined) return `${sign} ${sum()}`;
    if (reader.takeWords('is')) {
      const not = reader.takeWords('not') ? 'NOT ' : '';
      reader.needWord('null');
      return `IS ${not}NULL`;
    }
    const not = reader.isWord('not') ? 1 : 0;
    const word = ['in', 'like', 'ilike', 'between'].find((one) => reader.isWord(one, not));
    if (word === undefined) return undefined;
    for (let at = 0; at <= not; at++) reader.next();
    return `${not ? 'NOT ' : ''}${word.toUpperCase()} ${rightOf(word)}`;
  }

  function rightOf(word: string): string {
    if (word === 'in') return choices();
    if (word !== 'between') return sum();
    const low = sum();
    reader.needWord('and');
    return `${low} AND ${sum()}`;
  }

  /** A name here would be read as that of a table, so only constants are taken. */
  function choices(): string {
    if (!reader.isSign('(')) throw reader.unexpected('( and a list or a SELECT');
    if (isSubquery()) return subquery();
    reader.next();
    const items = reader.list(constant);
    reader.needSign(')');
    return `(${items.join(', ')})`;
  }

  function constant(): string {
    const { kind, text } = reader.peek();
    if (kind === 'string') return sqlString(reader.next().text);
    const minus = reader.takeSign('-') ?? '';
    if (reader.peek().kind === 'number') return `${minus}${reader.next().text}`;
    if (minus === '' && kind === 'word' && ['true', 'false', 'null'].includes(text.toLowerCase())) return reader.next().text.toUpperCase();
    if (minus === '' && reader.takeSign('(')) {
      const items = reader.within(() => reader.list(constant));
      reader.needSign(')');
      return `tuple(${items.join(', ')})`;
    }
    throw reader.unexpected('a constant');
  }

  /** Signs of the same rank, from left to right. */
  function row(signs: readonly string[], read: () => string): string {
    let text = read();
    let isAlone = true;
    for (let sign = reader.takeSign(...signs); sign !== undefined; sign = reader.takeSign(...signs)) {
      text += ` ${sign} ${read()}`;
      isAlone = false;
    }
    return isAlone ? text : `(${text})`;
  }

  const sum = (): string => row(['||'], () => row(['+', '-'], () => row(['*', '/', '%'], unary)));

  function unary(): string {
    return reader.takeSign('-') ? reader.within(() => `(- ${unary()})`) : postfix();
  }

  function postfix(): string {
    let value = primary();
    for (;;) {
      if (reader.takeSign('[')) {
        value = `arrayElement(${value}, ${expression()})`;
        reader.needSign(']');
      } else if (reader.takeSign('::')) value = `CAST(${value}, ${sqlString(typeName(reader))})`;
      else return value;
    }
  }

  function primary(): string {
    const { kind } = reader.peek();
    if (kind === 'number') return reader.next().text;
    if (kind === 'string') return sqlString(reader.next().text);
    if (reader.isSign('(')) return parenthesised();
    if (reader.takeSign('[')) return elements();
    if (kind === 'word') return worded();
    return path();
  }

  function elements(): string {
    const items = reader.isSign(']') ? [] : reader.list(expression);
    reader.needSign(']');
    return `array(${items.join(', ')})`;
  }

  function worded(): string {
    for (const word of ['null', 'true', 'false']) if (reader.takeWords(word)) return word.toUpperCase();
    if (reader.takeWords('case')) return cases();
    if (reader.takeWords('interval')) return interval(reader);
    if (!reader.isSign('(', 1)) return path();
    return reader.isWord('cast') ? cast() : call();
  }

  function path(): string {
    const names = [sqlIdentifier(reader.needValueName('an expression'))];
    while (reader.takeSign('.')) names.push(sqlIdentifier(reader.needName('a column')));
    if (reader.isSign('(')) throw reader.fail('functions are named without quotes and dots.');
    return names.join('.');
  }

  const isSubquery = () => reader.isSign('(') && (reader.isWord('select', 1) || reader.isWord('with', 1));

  function parenthesised(): string {
    if (isSubquery()) return subquery();
    reader.next();
    const items = reader.list(expression);
    reader.needSign(')');
    return items.length === 1 ? `(${items[0]})` : `tuple(${items.join(', ')})`;
  }

  function cases(): string {
    const subject = reader.isWord('when') ? '' : ` ${expression()}`;
    let arms = '';
    while (reader.takeWords('when')) {
      const when = expression();
      reader.needWord('then');
      arms += ` WHEN ${when} THEN ${expression()}`;
    }
    if (arms === '') throw reader.unexpected('WHEN');
    const otherwise = reader.takeWords('else') ? ` ELSE ${expression()}` : '';
    reader.needWord('end');
    return `(CASE${subject}${arms}${otherwise} END)`;
  }

  function cast(): string {
    reader.next();
    reader.next();
    const value = expression();
    const isText = reader.takeSign(',') !== undefined && reader.peek().kind === 'string';
    if (!isText) reader.needWord('as');
    const type = isText ? checkedType(reader, reader.next().text) : typeName(reader);
    reader.needSign(')');
    return `CAST(${value}, ${sqlString(type)})`;
  }

  function call(): string {
    const called = sqlFunction(reader.peek().text);
    if (called === undefined) throw reader.fail(`the function ${reader.peek().text.slice(0, 50)} is not known here.`);
    reader.next();
    let parameters = '';
    if (called.isParametric && hasParameters()) {
      reader.next();
      parameters = `(${reader.list(constant).join(', ')})`;
      reader.needSign(')');
      if (!reader.isSign('(')) throw reader.unexpected('(');
    }
    reader.next();
    if (called.takesPattern) return `${called.name}(${patternArguments().join(', ')})`;
    if (called.takesLambda) return `${called.name}(${lambdaArguments().join(', ')})`;
    const isDistinct = called.isAggregate && reader.takeWords('distinct') ? 'DISTINCT ' : '';
    const values = reader.isSign(')') ? [] : isStar(called) ? [reader.next().text] : reader.list(expression);
    reader.needSign(')');
    if (reader.isWord('over')) throw reader.fail('window functions are not known here.');
    return `${called.name}${parameters}(${isDistinct}${values.join(', ')})`;
  }

  const isStar = ({ name }: SqlFunction) => name === 'count' && reader.isSign('*') && reader.isSign(')', 1);

  /** Parentheses of constants in front of those of the arguments. */
  function hasParameters(): boolean {
    let ahead = 1;
    while (!reader.isSign(')', ahead) && reader.peek(ahead).kind !== 'end') {
      const { kind } = reader.peek(ahead);
      if (kind !== 'number' && kind !== 'string' && !reader.isSign(',', ahead)) return false;
      ahead++;
    }
    return reader.isSign('(', ahead + 1);
  }

  /** A pattern is looked at, because the engine does not stop within a block of rows, whatever the pattern costs. */
  function patternArguments(): string[] {
    const values = [expression()];
    reader.needSign(',');
    const { kind, text } = reader.peek();
    if (kind !== 'string') throw reader.unexpected('a regular expression in quotes');
    const counts = [...text.matchAll(/\{(\d+)?(?:,(\d*))?\}/g)];
    if (text.length > 200 || counts.length > 3 || counts.some(([, low, high]) => Number(low ?? 0) > 50 || Number(high ?? 0) > 50))
      throw reader.fail('a regular expression has at most 200 characters and three counts up to 50.');
    values.push(sqlString(reader.next().text));
    while (reader.takeSign(',')) values.push(expression());
    reader.needSign(')');
    return values;
  }

  /** `x -> f(x), values …`, or only the values. */
  function lambdaArguments(): string[] {
    const parameters = lambdaParameters();
    const first = expression();
    const hasMore = reader.takeSign(',') !== undefined;
    if (parameters === undefined && hasMore) throw reader.fail('the first of several arguments is a lambda here: x -> …');
    const rest = hasMore ? reader.list(expression) : [];
    reader.needSign(')');
    return [parameters === undefined ? first : `(${parameters.map(sqlIdentifier).join(', ')}) -> ${first}`, ...rest];
  }

  function lambdaParameters(): readonly string[] | undefined {
    if (reader.isName() && reader.isSign('->', 1)) {
      const name = reader.defineName('a name');
      reader.next();
      return [name];
    }
    if (!reader.isSign('(')) return undefined;
    let ahead = 1;
    while (reader.isName(ahead) && reader.isSign(',', ahead + 1)) ahead += 2;
    if (!(reader.isName(ahead) && reader.isSign(')', ahead + 1) && reader.isSign('->', ahead + 2))) return undefined;
    reader.next();
    const names = reader.list(() => reader.defineName('a name'));
    reader.needSign(')');
    reader.needSign('->');
    return names;
  }

  return expression();
}

const plainTypes =
  `String Bool Date Date32 DateTime Int8 Int16 Int32 Int64 Int128 UInt8 UInt16 UInt32 UInt64 UInt128 Float32 Float64`.split(' ');

function typeName(reader: TokenReader): string {
  const name = reader.needName('a type');
  if (!reader.takeSign('(')) return checkedType(reader, name);
  const inner = reader.peek().kind === 'number' ? reader.needCount() : reader.within(() => typeName(reader));
  reader.needSign(')');
  return checkedType(reader, `${name}(${inner})`);
}

function checkedType(reader: TokenReader, type: string): string {
  const bare = /^Nullable\((.*)\)$/i.exec(type)?.[1] ?? type;
  const found = /^DateTime64\([0-9]\)$/i.test(bare)
    ? `DateTime64(${bare.at(-2)})`
    : plainTypes.find((one) => one.toLowerCase() === bare.toLowerCase());
  if (found === undefined) throw reader.fail(`the type ${type.slice(0, 50)} is not known here.`);
  return bare === type ? found : `Nullable(${found})`;
}

const units = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

/** `INTERVAL 5 MINUTE` and `INTERVAL '5 minutes'`. */
function interval(reader: TokenReader): string {
  const { kind, text } = reader.peek();
  const [, count, name] = kind === 'string' ? (/^(\d{1,9})\s*([a-z]*)$/i.exec(text) ?? []) : [undefined, text, ''];
  if (count === undefined || !/^\d{1,9}$/.test(count)) throw reader.unexpected('a number');
  reader.next();
  const unitText = (name || reader.next().text).toLowerCase();
  const unit = units.find((one) => one === unitText || `${one}s` === unitText);
  if (unit === undefined) throw reader.fail('an interval is of second, minute, hour, day, week, month, quarter or year.');
  return `(INTERVAL ${count} ${unit.toUpperCase()})`;
}
