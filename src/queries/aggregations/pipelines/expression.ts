import { unsupported } from '../../../lib/elasticsearch-errors.ts';

/** Booleans are 1 and 0, as in Lucene's expressions. */
export type Expression = (variables: ReadonlyMap<string, number>) => number;

const mathFunctions: Readonly<Record<string, readonly [arity: number, apply: (...values: number[]) => number]>> = {
  abs: [1, Math.abs],
  ceil: [1, Math.ceil],
  floor: [1, Math.floor],
  round: [1, Math.round],
  sqrt: [1, Math.sqrt],
  cbrt: [1, Math.cbrt],
  exp: [1, Math.exp],
  log: [1, Math.log],
  ln: [1, Math.log],
  log10: [1, Math.log10],
  sin: [1, Math.sin],
  cos: [1, Math.cos],
  tan: [1, Math.tan],
  signum: [1, Math.sign],
  pow: [2, (base, power) => base ** power],
  min: [2, Math.min],
  max: [2, Math.max],
};

const tokenPattern =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?[dDfFlL]?|\.\d+(?:[eE][+-]?\d+)?[dDfF]?)|(params\[\s*(?:'[^']*'|"[^"]*")\s*\]|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(&&|\|\||[<>=!]=|[-+*/%<>!?:(),;]))/y;

const binary: readonly Readonly<Record<string, (left: number, right: number) => number>>[] = [
  { '||': (left, right) => Number(left !== 0 || right !== 0) },
  { '&&': (left, right) => Number(left !== 0 && right !== 0) },
  { '==': (left, right) => Number(left === right), '!=': (left, right) => Number(left !== right) },
  {
    '<': (left, right) => Number(left < right),
    '>': (left, right) => Number(left > right),
    '<=': (left, right) => Number(left <= right),
    '>=': (left, right) => Number(left >= right),
  },
  { '+': (left, right) => left + right, '-': (left, right) => left - right },
  { '*': (left, right) => left * right, '/': (left, right) => left / right, '%': (left, right) => left % right },
];

const maxTokens = 1000;
const maxDepth = 100;

/**
 * The part of Painless and of Lucene's expressions that dashboards use: arithmetic, comparison, `&& || !`, `a ? b : c`,
 * `params.x`, `Math.*`. There is no assignment, loop, call or access to anything else, so it cannot do harm.
 */
export function parseExpression(source: string, names: ReadonlySet<string>): Expression {
  return new Parser(source, names).parse();
}

class Parser {
  readonly #source: string;
  readonly #names: ReadonlySet<string>;
  readonly #tokens: readonly string[];
  #position = 0;
  #depth = 0;

  constructor(source: string, names: ReadonlySet<string>) {
    this.#source = source;
    this.#names = names;
    this.#tokens = this.#tokenize();
  }

  parse(): Expression {
    if (this.#peek() === 'return') this.#position += 1;
    const expression = this.#conditional();
    if (this.#peek() === ';') this.#position += 1;
    if (this.#peek() !== undefined) throw this.#refuse();
    return expression;
  }

  #tokenize(): readonly string[] {
    const tokens: string[] = [];
    const pattern = new RegExp(tokenPattern);
    const text = this.#source.trimEnd();
    while (pattern.lastIndex < text.length) {
      const match = pattern.exec(text);
      if (match === null || tokens.length >= maxTokens) throw this.#refuse();
      tokens.push((match[1] ?? match[2] ?? match[3]) as string);
    }
    return tokens;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#position];
  }

  #take(expected: string): void {
    if (this.#peek() !== expected) throw this.#refuse();
    this.#position += 1;
  }

  #conditional(): Expression {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw this.#refuse();
    const condition = this.#binary(0);
    let result = condition;
    if (this.#peek() === '?') {
      this.#position += 1;
      const yes = this.#conditional();
      this.#take(':');
      const no = this.#conditional();
      result = (variables) => (condition(variables) === 0 ? no(variables) : yes(variables));
    }
    this.#depth -= 1;
    return result;
  }

  #binary(level: number): Expression {
    const operators = binary[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      const apply = token !== undefined && Object.hasOwn(operators, token) ? operators[token] : undefined;
      if (apply === undefined) return left;
      this.#position += 1;
      const first = left;
      const second = this.#binary(level + 1);
      left = (variables) => apply(first(variables), second(variables));
    }
  }

  #unary(): Expression {
    const signs: string[] = [];
    for (let token = this.#peek(); token === '-' || token === '+' || token === '!'; token = this.#peek()) {
      signs.push(token);
      this.#position += 1;
    }
    const operand = this.#primary();
    return signs.reduceRight<Expression>((inner, sign) => {
      if (sign === '-') return (variables) => -inner(variables);
      return sign === '!' ? (variables) => Number(inner(variables) === 0) : inner;
    }, operand);
  }

  #primary(): Expression {
    const token = this.#peek();
    if (token === undefined) throw this.#refuse();
    this.#position += 1;
    if (token === '(') {
      const inner = this.#conditional();
      this.#take(')');
      return inner;
    }
    if (/^[\d.]/.test(token)) {
      const number = Number(token.replace(/[dDfFlL]$/, ''));
      return () => number;
    }
    if (token === 'true' || token === 'false') return () => Number(token === 'true');
    if (token === 'Math.PI' || token === 'Math.E') return () => (token === 'Math.PI' ? Math.PI : Math.E);
    if (this.#peek() === '(') return this.#call(token.replace(/^Math\./, ''));
    return this.#variable(token);
  }

  #call(name: string): Expression {
    const found = Object.hasOwn(mathFunctions, name) ? mathFunctions[name] : undefined;
    if (found === undefined) throw this.#refuse();
    const [arity, apply] = found;
    this.#take('(');
    const values: Expression[] = [this.#conditional()];
    while (this.#peek() === ',') {
      this.#position += 1;
      values.push(this.#conditional());
    }
    this.#take(')');
    if (values.length !== arity) throw this.#refuse();
    return (variables) => apply(...values.map((value) => value(variables)));
  }

  #variable(token: string): Expression {
    const name = /^params\[\s*['"](.*)['"]\s*\]$/s.exec(token)?.[1] ?? token.replace(/^params\./, '');
    if (!this.#names.has(name)) throw this.#refuse();
    return (variables) => variables.get(name) ?? Number.NaN;
  }

  #refuse() {
    const near = this.#tokens?.[this.#position];
    return unsupported(
      `meshscope runs arithmetic, comparisons, [&& || !], [a ? b : c], [params.x] and [Math.*] in scripts; cannot run [${this.#source.slice(0, 200)}]` +
        (near === undefined ? '' : ` near [${near.slice(0, 50)}]`),
    );
  }
}
