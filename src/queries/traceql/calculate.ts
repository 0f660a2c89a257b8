import type { ArithmeticOperator } from './query.ts';

/** In double precision. Undefined when there is no finite result, such as after a division by zero. */
export function calculate(operator: ArithmeticOperator, left: number, right: number): number | undefined {
  const result = plain(operator, left, right);
  return Number.isFinite(result) ? result : undefined;
}

function plain(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
  }
}
