import { intrinsics, type StaticType } from './intrinsics.ts';
import type { Expression } from './query.ts';
import { syntaxError } from './syntax-error.ts';

/** What a value will be, as far as the query alone tells; attributes can be `any`. */
export function staticType(expression: Expression): StaticType {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      if (value === null) return 'nil';
      if (typeof value === 'object') return value.enumeration;
      return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'number';
    }
    case 'field':
      return expression.field.of === 'attribute' ? 'any' : intrinsics[expression.field.intrinsic].type;
    case 'negate':
    case 'calculate':
      return 'number';
    default:
      return 'boolean';
  }
}

const names: Readonly<Record<StaticType, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  status: 'a status',
  kind: 'a kind',
  nil: 'nil',
  any: 'an attribute',
};

export function requireType(text: string, expression: Expression, type: 'boolean' | 'number', where: string): void {
  const found = staticType(expression);
  if (found !== type && found !== 'any')
    throw syntaxError(text, expression.at, `${where} needs ${names[type]}, and this is ${names[found]}`);
}

const neverMissing: readonly string[] = ['name', 'status', 'kind', 'childCount', 'spanId', 'traceId', 'traceDuration'];

type Comparison = Extract<Expression, { kind: 'compare' }>;

function checkPattern(text: string, { operator, left, right }: Comparison): void {
  if (right.kind !== 'literal' || typeof right.value !== 'string') {
    throw syntaxError(text, right.at, `${operator} needs a regular expression in quotes on its right`);
  }
  const type = staticType(left);
  if (type !== 'string' && type !== 'any') throw syntaxError(text, left.at, `${operator} compares strings, and this is ${names[type]}`);
}

function checkNil(text: string, { operator, left, right, at }: Comparison): void {
  if (operator !== '=' && operator !== '!=') throw syntaxError(text, at, 'nil can be compared with = and != only');
  const other = staticType(left) === 'nil' ? right : left;
  if (other.kind !== 'field' || other.field.of !== 'intrinsic' || other.field.ofParent) return;
  if (neverMissing.includes(other.field.intrinsic)) throw syntaxError(text, other.at, 'this field is never nil');
}

/** Refuses comparisons that could never be true, because they are mistakes. */
export function checkComparison(text: string, comparison: Comparison): void {
  const { operator, left, right } = comparison;
  const [a, b] = [staticType(left), staticType(right)];
  if (operator === '=~' || operator === '!~') checkPattern(text, comparison);
  else if (a === 'nil' || b === 'nil') checkNil(text, comparison);
  else checkTypes(text, comparison, a, b);
}

function checkTypes(text: string, { operator, at }: Comparison, a: StaticType, b: StaticType): void {
  const isEnum = (type: StaticType) => type === 'status' || type === 'kind';
  if ((isEnum(a) && b === 'any') || (isEnum(b) && a === 'any')) {
    throw syntaxError(text, at, `an attribute is never ${names[a === 'any' ? b : a]}; write the word in quotes to compare it with text`);
  }
  if (a !== b && a !== 'any' && b !== 'any') throw syntaxError(text, at, `${names[a]} cannot be compared with ${names[b]}`);
  const type = a === 'any' ? b : a;
  if (operator !== '=' && operator !== '!=' && (type === 'boolean' || isEnum(type))) {
    throw syntaxError(text, at, `${names[type]} can be compared with = and != only`);
  }
}
