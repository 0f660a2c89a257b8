/** TraceQL as a tree. The language is described in docs/query/traces.md. */

export type AttributeScope = 'any' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation';

export type Intrinsic =
  | 'name'
  | 'status'
  | 'statusMessage'
  | 'kind'
  | 'duration'
  | 'childCount'
  | 'spanId'
  | 'parentId'
  | 'traceId'
  | 'traceDuration'
  | 'rootName'
  | 'rootService'
  | 'eventName'
  | 'eventTimeSinceStart'
  | 'linkSpanId'
  | 'linkTraceId'
  | 'scopeName'
  | 'scopeVersion'
  | 'nestedSetLeft'
  | 'nestedSetRight'
  | 'nestedSetParent';

/** `ofParent`: of the span that called this one. */
export type Field = Readonly<
  { ofParent: boolean } & ({ of: 'attribute'; scope: AttributeScope; name: string } | { of: 'intrinsic'; intrinsic: Intrinsic })
>;

export type EnumValue = Readonly<{ enumeration: 'status' | 'kind'; name: string }>;

/** Durations are numbers of nanoseconds. `null` is `nil`. */
export type Literal = string | number | bigint | boolean | EnumValue | null;

export type ComparisonOperator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '=~' | '!~';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';

/** `at`: where it begins in the text, in UTF-16 units from 0. */
export type Expression = Readonly<
  { at: number } & (
    | { kind: 'literal'; value: Literal }
    | { kind: 'field'; field: Field }
    | { kind: 'not'; operand: Expression }
    | { kind: 'negate'; operand: Expression }
    | { kind: 'all' | 'any'; operands: readonly Expression[] }
    | { kind: 'compare'; operator: ComparisonOperator; left: Expression; right: Expression }
    | { kind: 'calculate'; operator: ArithmeticOperator; left: Expression; right: Expression }
  )
>;

export type Relation = 'descendant' | 'child' | 'ancestor' | 'parent' | 'sibling';

export type Spanset = Readonly<
  | { kind: 'filter'; condition: Expression | undefined }
  | { kind: 'both' | 'either'; left: Spanset; right: Spanset }
  | {
      kind: 'related';
      relation: Relation;
      /** `plain`: spans of the right side. `negated`: those of the right side that are not so related. `union`: those of both sides. */
      mode: 'plain' | 'negated' | 'union';
      left: Spanset;
      right: Spanset;
    }
  | { kind: 'pipeline'; stages: readonly Stage[] }
>;

export type Aggregate = 'count' | 'avg' | 'min' | 'max' | 'sum';

export type Scalar = Readonly<
  | { kind: 'number'; value: number }
  | { kind: 'aggregate'; aggregate: Aggregate; of: Expression | undefined }
  | { kind: 'calculate'; operator: ArithmeticOperator; left: Scalar; right: Scalar }
>;

export type ScalarComparison = Exclude<ComparisonOperator, '=~' | '!~'>;

export type Selected = Readonly<{ text: string; field: Field }>;

export type Stage = Readonly<
  | { kind: 'spanset'; spanset: Spanset }
  | { kind: 'scalar'; operator: ScalarComparison; left: Scalar; right: Scalar }
  | { kind: 'by'; of: Expression; text: string }
  | { kind: 'select'; fields: readonly Selected[] }
  | { kind: 'coalesce' }
>;

/** At least one stage. */
export type TraceQuery = Readonly<{ stages: readonly Stage[] }>;
