import type { EnumValue, Intrinsic } from './query.ts';

export type StaticType = 'string' | 'number' | 'boolean' | 'status' | 'kind' | 'nil' | 'any';

type Description = Readonly<{
  type: StaticType /** Without a scope, as old versions of the language write it. */;
  bare?: string;
  scoped?: string;
}>;

/** Names of what each span has, whoever sent it. */
export const intrinsics: Readonly<Record<Intrinsic, Description>> = {
  name: { type: 'string', bare: 'name', scoped: 'span:name' },
  status: { type: 'status', bare: 'status', scoped: 'span:status' },
  statusMessage: { type: 'string', bare: 'statusMessage', scoped: 'span:statusMessage' },
  kind: { type: 'kind', bare: 'kind', scoped: 'span:kind' },
  duration: { type: 'number', bare: 'duration', scoped: 'span:duration' },
  childCount: { type: 'number', bare: 'childCount', scoped: 'span:childCount' },
  spanId: { type: 'string', scoped: 'span:id' },
  parentId: { type: 'string', scoped: 'span:parentID' },
  traceId: { type: 'string', scoped: 'trace:id' },
  traceDuration: { type: 'number', bare: 'traceDuration', scoped: 'trace:duration' },
  rootName: { type: 'string', bare: 'rootName', scoped: 'trace:rootName' },
  rootService: { type: 'string', bare: 'rootServiceName', scoped: 'trace:rootService' },
  eventName: { type: 'string', scoped: 'event:name' },
  eventTimeSinceStart: { type: 'number', scoped: 'event:timeSinceStart' },
  linkSpanId: { type: 'string', scoped: 'link:spanID' },
  linkTraceId: { type: 'string', scoped: 'link:traceID' },
  scopeName: { type: 'string', scoped: 'instrumentation:name' },
  scopeVersion: { type: 'string', scoped: 'instrumentation:version' },
  nestedSetLeft: { type: 'number', bare: 'nestedSetLeft' },
  nestedSetRight: { type: 'number', bare: 'nestedSetRight' },
  nestedSetParent: { type: 'number', bare: 'nestedSetParent' },
};

const all = Object.keys(intrinsics) as Intrinsic[];

const namesOf = (spelling: 'bare' | 'scoped') =>
  new Map(
    all.flatMap((intrinsic) =>
      intrinsics[intrinsic][spelling] === undefined ? [] : [[intrinsics[intrinsic][spelling], intrinsic] as const],
    ),
  );

export const bareIntrinsics: ReadonlyMap<string, Intrinsic> = namesOf('bare');
export const scopedIntrinsics: ReadonlyMap<string, Intrinsic> = new Map([...namesOf('scoped'), ['parent:id', 'parentId']]);

export const statusNames = ['error', 'ok', 'unset'] as const;
export const kindNames = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** Words that stand for a value. */
export const enumValues: ReadonlyMap<string, EnumValue> = new Map<string, EnumValue>([
  ...statusNames.map((name) => [name, { enumeration: 'status', name }] as const),
  ...kindNames.map((name) => [name, { enumeration: 'kind', name }] as const),
]);

/** Those that belong to events or links, of which a span has any number. */
export const isOfMany = (intrinsic: Intrinsic): boolean => /^(?:event|link)/.test(intrinsic);
