import { printDate } from '../lib/dates/date-format.ts';
import { applyDateMath } from '../lib/dates/date-math.ts';
import { timeZone } from '../lib/dates/time-zone.ts';
import { elasticsearchError } from '../lib/elasticsearch-errors.ts';
import { AppError } from '../lib/errors.ts';

function fail(expression: string, reason: string): AppError {
  return elasticsearchError('parse_exception', `invalid dynamic name expression [${expression}]. ${reason}`);
}

export function isDateMathName(name: string): boolean {
  return name.length > 2 && name.startsWith('<') && name.endsWith('>');
}

/**
 * Evaluates a name such as `<logs-{now/d{yyyy.MM.dd|+12:00}}-000001>`; other names come back unchanged. Braces that are meant
 * literally are escaped by a backslash. Throws 400 for a malformed expression.
 */
export function resolveDateMathName(name: string, nowMillis: number): string {
  if (!isDateMathName(name)) return name;
  const inner = name.slice(1, -1);
  let result = '';
  for (let at = 0; at < inner.length; at++) {
    const char = inner[at] as string;
    if (char === '\\' && at + 1 < inner.length) result += inner[++at];
    else if (char === '{') {
      const end = closingBrace(inner, at, name);
      result += evaluate(inner.slice(at + 1, end), name, nowMillis);
      at = end;
    } else if (char === '}') throw fail(name, 'invalid character at position; a brace closes nothing');
    else result += char;
  }
  return result;
}

function closingBrace(text: string, open: number, name: string): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}' && --depth === 0) return at;
  }
  throw fail(name, 'date math placeholder is open ended');
}

function evaluate(placeholder: string, name: string, nowMillis: number): string {
  const parts = /^(now[^{}]*)(?:\{([^{}|]*)(?:\|([^{}]*))?\})?$/.exec(placeholder);
  if (!parts) throw fail(name, 'expected {now... {format|time zone}}');
  const [, expression, format, zone] = parts as unknown as [string, string, string | undefined, string | undefined];
  const pattern = namePattern(format || 'yyyy.MM.dd', name);
  try {
    const start = applyDateMath(BigInt(nowMillis) * 1_000_000n, expression.slice(3), timeZone(zone), false);
    return printDate(start, pattern, timeZone(zone));
  } catch (error) {
    throw error instanceof AppError ? fail(name, error.message) : error;
  }
}

/** Letters that print what an index name may hold. `x` is the week-based year here, where formats have an offset. */
function namePattern(format: string, name: string): string {
  return format.replace(/'[^']*'|([A-Za-z])\1*/g, (run, letter: string | undefined) => {
    if (letter !== undefined && !'yuYxwMdDHmsS'.includes(letter)) throw fail(name, `date format letter [${letter}] is not supported`);
    return letter === 'x' ? 'Y'.repeat(run.length) : run;
  });
}
