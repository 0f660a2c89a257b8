import { AppError } from '../../lib/errors.ts';
import type { Attributes } from '../../model/trace.ts';
import type { TraceLookup } from '../../queries/trace-lookup/trace-lookup.ts';
import { fieldValue } from '../../queries/traceql/field-value.ts';
import { parseExpression } from '../../queries/traceql/parse-expression.ts';
import { parseTraceQl } from '../../queries/traceql/parse-traceql.ts';
import type { Field, TraceQuery } from '../../queries/traceql/query.ts';
import type { TimeRange } from '../../queries/traceql/time-range.ts';
import { TokenReader } from '../../queries/traceql/token-reader.ts';
import type { Value } from '../../queries/traceql/values.ts';
import { json, type ReadAnswer, type ReadCall } from '../trace-requests/read-scope.ts';
import { tempoParameters, tempoRange } from './tempo-search.ts';

export type TagPorts = Pick<TraceLookup, 'search' | 'tagNames' | 'tagValues'>;

const [defaultLimit, maxLimit] = [1000, 100_000];
/** With `q`, names and values are those of spans in so many of the newest traces that match. */
const filteredTraces = 200;

/** What a span has beside attributes, by Tempo's names. */
const intrinsicTags = [
  'duration',
  'event:name',
  'event:timeSinceStart',
  'instrumentation:name',
  'instrumentation:version',
  'kind',
  'name',
  'rootName',
  'rootServiceName',
  'span:duration',
  'span:kind',
  'span:name',
  'span:status',
  'span:statusMessage',
  'status',
  'statusMessage',
  'trace:duration',
  'trace:rootName',
  'trace:rootService',
  'traceDuration',
] as const;

const scopes = ['resource', 'span', 'intrinsic', 'event', 'link', 'instrumentation'] as const;
type Scopes = Readonly<Partial<Record<(typeof scopes)[number], readonly string[]>>>;

type Asked = Readonly<{ range: TimeRange; limit: number; filter: TraceQuery | undefined }>;

function askedOf(query: URLSearchParams): Asked {
  const parameters = tempoParameters(query);
  const limit = parameters.count('limit', 0, maxLimit) || defaultLimit;
  return { range: tempoRange(parameters), limit, filter: filterOf(parameters.text('q')) };
}

/** What cannot be read filters nothing, as in Tempo: editors send queries that are not finished. */
function filterOf(text: string | undefined): TraceQuery | undefined {
  if (text === undefined || /^\s*\{\s*\}\s*$/.test(text)) return undefined;
  try {
    return parseTraceQl(text);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

async function namesByScope(ports: TagPorts, { query, signal }: ReadCall): Promise<Scopes> {
  const scope = query.get('scope') ?? '';
  if (scope !== '' && scope !== 'none' && !scopes.some((known) => known === scope)) {
    throw new AppError('bad_request', `invalid scope: ${scope.slice(0, 100)}`);
  }
  const asked = askedOf(query);
  const found = asked.filter === undefined ? await storedNames(ports, asked, signal) : await filteredNames(ports, asked, signal);
  const all: Scopes = { ...found, intrinsic: intrinsicTags };
  const wanted = scopes.filter((known) => scope === '' || scope === 'none' || known === scope);
  return Object.fromEntries(wanted.flatMap((known) => (all[known] === undefined ? [] : [[known, all[known].slice(0, asked.limit)]])));
}

/** Columns of our own that every sender fills, by the names that OpenTelemetry has for them. */
const alwaysThere = ['service.instance.id', 'service.name'] as const;

async function storedNames(ports: TagPorts, { range, limit }: Asked, signal: AbortSignal): Promise<Scopes> {
  const { span, resource, mesh } = await ports.tagNames(range, limit, signal);
  const all = new Set(resource);
  for (const name of alwaysThere) if (mesh.includes(name)) all.add(name);
  const ofSpans = new Set([...span, ...mesh.filter((name) => !all.has(name))]);
  return { resource: [...all].sort(), span: [...ofSpans].sort() };
}

async function filteredNames(ports: TagPorts, asked: Asked, signal: AbortSignal): Promise<Scopes> {
  const names = { resource: new Set<string>(alwaysThere), span: new Set<string>() };
  await eachMatch(ports, asked, signal, (view, at) => {
    const span = view.trace.spans[at];
    const add = (attributes: Attributes | undefined, to: Set<string>) => {
      for (const name of Object.keys(attributes ?? {})) to.add(name);
    };
    add(span?.resource, names.resource);
    add(span?.attributes, names.span);
  });
  return { resource: [...names.resource].sort(), span: [...names.span].sort() };
}

type View = Parameters<typeof fieldValue>[0];

async function eachMatch(
  ports: TagPorts,
  { filter, range }: Asked,
  signal: AbortSignal,
  visit: (view: View, at: number) => void,
): Promise<void> {
  if (filter === undefined) return;
  const { traces } = await ports.search({ query: filter, range, limit: filteredTraces, signal });
  for (const { view, groups } of traces) for (const { spans } of groups) for (const at of spans) visit(view, at);
}

/** `/api/search/tags`: one list, without intrinsics unless they are asked for. */
export async function tagNamesV1(ports: TagPorts, call: ReadCall): Promise<ReadAnswer> {
  const { intrinsic, ...others } = await namesByScope(ports, call);
  const names = call.query.get('scope') === 'intrinsic' ? (intrinsic ?? []) : Object.values(others).flat();
  return json({ tagNames: [...new Set(names)].sort(), metrics: {} });
}

export async function tagNamesV2(ports: TagPorts, call: ReadCall): Promise<ReadAnswer> {
  const found = await namesByScope(ports, call);
  return json({ scopes: Object.entries(found).map(([name, tags]) => ({ name, tags })), metrics: {} });
}

type TypedValue = Readonly<{ type: 'string' | 'int' | 'float' | 'bool' | 'keyword' | 'duration'; value: string }>;

/** `/api/search/tag/{tag}/values`: names of attributes, without a scope. */
export async function tagValuesV1(ports: TagPorts, call: ReadCall): Promise<ReadAnswer> {
  const name = tagOf(call);
  const field = ['name', 'status', 'kind', 'rootName', 'rootServiceName'].includes(name) ? name : `.${JSON.stringify(name)}`;
  const values = await valuesOf(ports, field, call);
  return json({ tagValues: [...new Set(values.map(({ value }) => value))], metrics: {} });
}

/** `/api/v2/search/tag/{tag}/values`: fields as TraceQL writes them. */
export async function tagValuesV2(ports: TagPorts, call: ReadCall): Promise<ReadAnswer> {
  return json({ tagValues: await valuesOf(ports, tagOf(call), call), metrics: {} });
}

/** Grafana encodes names twice, and Tempo decodes them twice. */
function tagOf({ param }: ReadCall): string {
  const name = param('tag');
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}

/** Nearly every span has a value of its own, and none is worth completing; Tempo lists none either. */
const unlisted = /^(?:(?:span|trace):)?(?:duration|childCount)$|^traceDuration$|^nestedSet|:(?:id|parentID|spanID|traceID|timeSinceStart)$/;

async function valuesOf(ports: TagPorts, name: string, { query, signal }: ReadCall): Promise<readonly TypedValue[]> {
  const asked = askedOf(query);
  if (unlisted.test(name)) return [];
  const field = fieldOf(name);
  // Not kept in columns, so these are looked up in the newest traces.
  const isInner =
    field.of === 'attribute' ? /^(?:event|link|instrumentation)$/.test(field.scope) : /^(?:event|scope)/.test(field.intrinsic);
  if (asked.filter !== undefined || isInner) return matchedValues(ports, field, asked, signal);
  const found = await ports.tagValues(name, asked.range, asked.limit, signal);
  return found.map(({ value, type }) => (type === 'status' || type === 'kind' ? { type: 'keyword', value: String(value) } : typed(value)));
}

function fieldOf(name: string): Field {
  const expression = parseExpression(new TokenReader(name));
  if (expression.kind !== 'field') throw new AppError('bad_request', `${JSON.stringify(name.slice(0, 100))} is not a field of TraceQL.`);
  return expression.field;
}

const typed = (value: string | number | bigint | boolean): TypedValue => {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'bool', value: String(value) };
  return { type: typeof value === 'bigint' || Number.isInteger(value) ? 'int' : 'float', value: String(value) };
};

function typedValues(value: Value): readonly TypedValue[] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [typed(value)];
  if ('enumeration' in value) return [{ type: 'keyword', value: value.name }];
  if ('object' in value) return [];
  return ('list' in value ? value.list : value.many).flatMap(typedValues);
}

const anySpan: TraceQuery = { stages: [{ kind: 'spanset', spanset: { kind: 'filter', condition: undefined } }] };

async function matchedValues(ports: TagPorts, field: Field, asked: Asked, signal: AbortSignal): Promise<readonly TypedValue[]> {
  const values = new Map<string, TypedValue>();
  await eachMatch(ports, { ...asked, filter: asked.filter ?? anySpan }, signal, (view, at) => {
    for (const value of typedValues(fieldValue(view, at, field))) values.set(`${value.type} ${value.value}`, value);
  });
  return [...values.values()].sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)).slice(0, asked.limit);
}
