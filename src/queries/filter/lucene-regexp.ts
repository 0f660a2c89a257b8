import { illegalArgument, unsupported } from '../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../lib/errors.ts';

/**
 * Lucene's regular expressions in RE2's syntax. They match whole values, `^` and `$` are plain characters, and with the
 * extended syntax `"…"` quotes, `<1-10>` is a number in a range, `@` is any string and `#` none.
 */

/** Elasticsearch's `index.max_regex_length`. */
const maxLength = 1000;
/** RE2 refuses programs that get too big; sizes count characters after `{n,m}` is written out. */
const maxSize = 5000;
const maxRepeats = 1000;
const maxDepth = 100;
const maxInterval = 1000;

/** `repeats` is the product of counted repetitions inside each other, which RE2 limits apart from the size. */
type Atom = Readonly<{ text: string; size: number; repeats: number }>;
/** A group: alternatives that are finished, and the one being read. */
type Group = { alternatives: Atom[]; current: Atom[] };

function wrong(pattern: string, reason: string): AppError {
  return illegalArgument(`failed to parse regexp [${pattern.slice(0, 200)}]: ${reason}`);
}

function refuse(pattern: string, operator: string): AppError {
  return unsupported(`regexp [${pattern.slice(0, 200)}]: operator [${operator}] is not supported`);
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|"~&<>@#-]/.test(char) ? `\\${char}` : char;
}

function sum(atoms: readonly Atom[]): Atom {
  return {
    text: atoms.map(({ text }) => text).join(''),
    size: atoms.reduce((total, { size }) => total + size, 0),
    repeats: atoms.reduce((most, { repeats }) => Math.max(most, repeats), 1),
  };
}

/** What the characters of the standard syntax do. */
const steps: ReadonlyMap<string, (translator: Translator) => void> = new Map<string, (translator: Translator) => void>([
  ['.', (translator) => translator.push('.')],
  ['\\', (translator) => translator.push(translator.escape())],
  ['[', (translator) => translator.push(translator.characterClass())],
  ['(', (translator) => translator.open()],
  [')', (translator) => translator.end()],
  ['|', (translator) => translator.alternative()],
  ['*', (translator) => translator.repeat('*', 1)],
  ['+', (translator) => translator.repeat('+', 1)],
  ['?', (translator) => translator.repeat('?', 1)],
  ['{', (translator) => translator.counted()],
]);

class Translator {
  private readonly pattern: string;
  private readonly chars: readonly string[];
  private readonly extended: boolean;
  private readonly groups: Group[] = [{ alternatives: [], current: [] }];
  private at = 0;

  constructor(pattern: string, extended: boolean) {
    this.pattern = pattern;
    this.chars = [...pattern];
    this.extended = extended;
  }

  translate(): string {
    while (this.at < this.chars.length) this.step(this.chars[this.at++] as string);
    const [root, open] = this.groups;
    if (root === undefined || open !== undefined) throw wrong(this.pattern, 'expected [)]');
    if (this.chars.length === 0) return '';
    return this.close(root).text;
  }

  private group(): Group {
    return this.groups.at(-1) as Group;
  }

  push(text: string, size = 1, repeats = 1): void {
    this.group().current.push({ text, size, repeats });
  }

  private step(char: string): void {
    if (this.extended && this.extendedStep(char)) return;
    const operator = steps.get(char);
    if (operator === undefined) this.push(literal(char));
    else operator(this);
  }

  private extendedStep(char: string): boolean {
    if (char === '~' || char === '&') throw refuse(this.pattern, char);
    if (char === '@') this.push('.*');
    else if (char === '#') this.push(String.raw`[^\x{0}-\x{10FFFF}]`);
    else if (char === '"') this.push(this.until('"').map(literal).join(''));
    else if (char === '<') this.interval();
    else return false;
    return true;
  }

  private until(close: string): string[] {
    const end = this.chars.indexOf(close, this.at);
    if (end < 0) throw wrong(this.pattern, `expected [${close}]`);
    const inside = this.chars.slice(this.at, end);
    this.at = end + 1;
    return inside;
  }

  escape(): string {
    const char = this.chars[this.at++];
    if (char === undefined) throw wrong(this.pattern, 'unexpected end of the expression');
    return /[dDwWsS]/.test(char) ? `\\${char}` : literal(char);
  }

  characterClass(): string {
    let text = '';
    if (this.chars[this.at] === '^') {
      text = '^';
      this.at += 1;
    }
    for (let first = true; ; first = false) {
      const char = this.chars[this.at++];
      if (char === undefined) throw wrong(this.pattern, 'expected []]');
      if (char === ']' && !first) return `[${text}]`;
      const isRange = char === '-' && !first && this.chars[this.at] !== ']';
      text += char === '\\' ? this.escape() : isRange ? '-' : literal(char);
    }
  }

  open(): void {
    if (this.groups.length > maxDepth) throw wrong(this.pattern, `more than ${maxDepth} groups in each other`);
    this.groups.push({ alternatives: [], current: [] });
  }

  end(): void {
    const group = this.groups.pop();
    if (group === undefined || this.groups.length === 0) throw wrong(this.pattern, 'unexpected [)]');
    const isEmpty = group.alternatives.length === 0 && group.current.length === 0;
    const { text, size, repeats } = isEmpty ? sum([]) : this.close(group);
    this.push(`(?:${text})`, size, repeats);
  }

  alternative(): void {
    const group = this.group();
    group.alternatives.push(this.finished(group.current));
    group.current = [];
  }

  private finished(atoms: readonly Atom[]): Atom {
    if (atoms.length === 0) throw wrong(this.pattern, 'an alternative is empty');
    return sum(atoms);
  }

  private close(group: Group): Atom {
    const all = [...group.alternatives, this.finished(group.current)];
    const { size, repeats } = sum(all);
    if (size > maxSize) throw wrong(this.pattern, 'the expression is too large');
    return { text: all.map(({ text }) => text).join('|'), size, repeats };
  }

  repeat(operator: string, factor: number): void {
    const atom = this.group().current.pop();
    if (atom === undefined) throw wrong(this.pattern, `nothing to repeat before [${operator}]`);
    const size = atom.size * factor;
    const repeats = atom.repeats * factor;
    if (size > maxSize || repeats > maxRepeats) throw wrong(this.pattern, 'the expression is too large');
    this.push(`(?:${atom.text})${operator}`, size, repeats);
  }

  counted(): void {
    const inside = this.until('}').join('');
    const match = /^(\d{1,4})(?:(,)(\d{0,4}))?$/.exec(inside);
    if (match === null) throw wrong(this.pattern, 'expected a number in {}');
    const least = Number(match[1]);
    const most = match[3] === undefined || match[3] === '' ? least : Number(match[3]);
    if (most < least) throw wrong(this.pattern, `illegal repetition range: min [${least}] > max [${most}]`);
    this.repeat(`{${inside}}`, Math.max(1, most));
  }

  private interval(): void {
    const inside = this.until('>').join('');
    const match = /^(\d{1,9})-(\d{1,9})$/.exec(inside);
    if (match === null) throw refuse(this.pattern, `<${inside}>`);
    const [, from = '', to = ''] = match;
    const [least, most] = [Number(from), Number(to)].sort((a, b) => a - b) as [number, number];
    if (most - least >= maxInterval) throw wrong(this.pattern, `<${inside}> spans more than ${maxInterval} numbers`);
    const width = from.length === to.length ? from.length : 0;
    const numbers = Array.from({ length: most - least + 1 }, (_, index) => String(least + index).padStart(width, '0'));
    this.push(`(?:${width === 0 ? '0*' : ''}(?:${numbers.join('|')}))`, numbers.length);
  }
}

/** The expression for RE2, anchored. Throws `AppError` for wrong syntax and for what RE2 cannot do. */
export function translateRegexp(pattern: string, extended: boolean, caseInsensitive: boolean): string {
  if (pattern.length > maxLength) {
    throw illegalArgument(
      `The length of regex [${pattern.length}] used in the Regexp Query request has exceeded the allowed maximum of [${maxLength}].`,
    );
  }
  return `^(?s${caseInsensitive ? 'i' : ''}:${new Translator(pattern, extended).translate()})$`;
}
