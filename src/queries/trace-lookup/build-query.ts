import type { ComparisonOperator, Expression, Field, Intrinsic, Literal, Spanset, TraceQuery } from '../traceql/query.ts';
import { unknownService } from './service-names.ts';

/** TraceQL for parameters of other APIs, as a tree: names and values from outside need no quoting, and cannot break out of it. */

type Condition = Expression;

const at = 0;
const literal = (value: Literal): Expression => ({ kind: 'literal', value, at });
const field = (of: Field): Expression => ({ kind: 'field', field: of, at });
const compare = (of: Field, operator: ComparisonOperator, value: Literal): Condition => ({
  kind: 'compare',
  operator,
  left: field(of),
  right: literal(value),
  at,
});

const intrinsicField = (intrinsic: Intrinsic): Field => ({ of: 'intrinsic', intrinsic, ofParent: false });
export const intrinsic = (name: Intrinsic, operator: ComparisonOperator, value: Literal): Condition =>
  compare(intrinsicField(name), operator, value);

type Scope = Extract<Field, { of: 'attribute' }>['scope'];
const attributeField = (scope: Scope, name: string): Field => ({ of: 'attribute', scope, name, ofParent: false });
export const attribute = (scope: Scope, name: string, operator: ComparisonOperator, value: Literal): Condition =>
  compare(attributeField(scope, name), operator, value);

export const allOf = (operands: readonly Condition[]): Condition =>
  operands.length === 1 ? (operands[0] as Condition) : { kind: 'all', operands, at };
export const anyOf = (operands: readonly Condition[]): Condition =>
  operands.length === 1 ? (operands[0] as Condition) : { kind: 'any', operands, at };

/** Traces in which, for each of `conditions`, there is a span that fulfils it; every trace when there is none. */
export function traceQuery(conditions: readonly Condition[]): TraceQuery {
  const filters = conditions.map((condition): Spanset => ({ kind: 'filter', condition }));
  const spanset = filters.reduce<Spanset | undefined>(
    (left, right) => (left === undefined ? right : { kind: 'both', left, right }),
    undefined,
  );
  return { stages: [{ kind: 'spanset', spanset: spanset ?? { kind: 'filter', condition: undefined } }] };
}

export const serviceIs = (service: string): Condition =>
  service === unknownService
    ? anyOf([attribute('resource', 'service.name', '=', null), attribute('resource', 'service.name', '=', service)])
    : attribute('resource', 'service.name', '=', service);

/** The values that are printed as this text: APIs whose tags are texts show the number 200 and the text "200" alike. */
function valuesOf(text: string): readonly Literal[] {
  if (text === 'true' || text === 'false') return [text, text === 'true'];
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) || text.length > 40) return [text];
  const number = Number(text);
  if (!Number.isFinite(number)) return [text];
  return [text, /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number];
}

export const attributeIsText = (scope: Scope, name: string, text: string): Condition =>
  anyOf(valuesOf(text).map((value) => attribute(scope, name, '=', value)));

/** A pattern of RE2 for texts that contain this one, in whichever case. */
export const containsPattern = (text: string): string => `(?is:.*${text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')}.*)`;
