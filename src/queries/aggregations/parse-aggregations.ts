import { elasticsearchError, illegalArgument, parsingError } from '../../lib/elasticsearch-errors.ts';
import type { Aggregation } from './aggregation.ts';
import { kinds, pipelineKinds, refusedTypes } from './kinds.ts';
import { isObject, type JsonObject, Params } from './params.ts';

/** Elasticsearch's own parser has no such limit; ours recurses, and the plan grows with each level. */
const maxDepth = 20;

/** More aggregations than Elasticsearch's clients ever send in one request; bounds the statement's size. */
const maxAggregations = 500;

/**
 * Checks the value of `aggs`/`aggregations`. Throws `AppError` with Elasticsearch's type and text; nothing of the
 * request is ignored silently.
 */
export function parseAggregations(json: unknown): readonly Aggregation[] {
  if (json === undefined || json === null) return [];
  return parseLevel(json, 1, { left: maxAggregations });
}

function parseLevel(json: unknown, depth: number, budget: { left: number }): readonly Aggregation[] {
  if (!isObject(json)) throw parsingError('Aggregation definitions must be an object of [name]: {[type]: {…}}');
  if (depth > maxDepth) throw illegalArgument(`Aggregations are nested deeper than [${maxDepth}] levels`);
  const all = Object.entries(json).map(([name, body]) => {
    budget.left -= 1;
    if (budget.left < 0) throw illegalArgument(`A search can have at most [${maxAggregations}] aggregations`);
    return parseOne(name, body, depth, budget);
  });
  checkPaths(all, depth);
  return all;
}

/** Paths start at an aggregation beside the pipeline; the rest of a path is resolved on the answers. */
function checkPaths(all: readonly Aggregation[], depth: number): void {
  const names = new Set(['_count', '_key', '_bucket_count', ...all.map((aggregation) => aggregation.name)]);
  for (const { name, type, work } of all) {
    if (!('pipeline' in work)) continue;
    if (work.pipeline.scope === 'parent' && depth === 1) {
      throw invalid(`${type} aggregation [${name}] must be declared inside of another aggregation`);
    }
    const unknown = work.pipeline.paths.find((path) => !names.has(path) && !names.has(path.split(/[>.[]/)[0] as string));
    if (unknown !== undefined) throw invalid(`No aggregation found for path [${unknown}]`);
  }
}

const invalid = (message: string) => elasticsearchError('action_request_validation_exception', `Validation Failed: 1: ${message};`);

function parseOne(name: string, body: unknown, depth: number, budget: { left: number }): Aggregation {
  if (name === '' || /[[\]>]/.test(name)) {
    throw parsingError(`Invalid aggregation name [${name}]. Aggregation names can contain any character except '[', ']', and '>'`);
  }
  if (!isObject(body))
    throw parsingError(`Aggregation definition for [${name} starts with a [${tokenOf(body)}], expected a [START_OBJECT].`);
  const { type, definition } = typeOf(name, body);
  const nested = childrenOf(name, body);
  const params = new Params(type, name, definition);
  const kind = kinds.get(type);
  const meta = body.meta;
  if (kind === undefined) {
    const pipeline = pipelineKinds.get(type);
    if (pipeline === undefined) throw unknownType(type);
    if (nested !== undefined) throw illegalArgument(`Aggregator [${name}] of type [${type}] cannot accept sub-aggregations`);
    const parsed = pipeline.parsePipeline(params);
    params.finish();
    return { name, type, meta, children: [], work: { pipeline: parsed } };
  }
  const children = nested === undefined ? [] : parseLevel(nested, depth + 1, budget);
  if (children.length > 0 && kind.children === 'refused') {
    throw illegalArgument(`Aggregator [${name}] of type [${type}] cannot accept sub-aggregations`);
  }
  const plan = kind.parse(params);
  params.finish();
  return { name, type, meta, children, work: { plan } };
}

function typeOf(name: string, body: JsonObject): { type: string; definition: JsonObject } {
  const types = Object.keys(body).filter((key) => key !== 'aggs' && key !== 'aggregations' && key !== 'meta');
  const [type, second] = types;
  if (type === undefined) throw parsingError(`Missing definition for aggregation [${name}]`);
  if (second !== undefined) throw parsingError(`Found two aggregation type definitions in [${name}]: [${type}] and [${second}]`);
  if (!kinds.has(type) && !pipelineKinds.has(type)) throw unknownType(type);
  const definition = body[type];
  if (isObject(definition)) return { type, definition };
  throw parsingError(`Expected [START_OBJECT] under [${type}], but got a [${tokenOf(definition)}] in [${name}]`);
}

function childrenOf(name: string, body: JsonObject): unknown {
  const { aggs, aggregations } = body;
  if (aggs !== undefined && aggregations !== undefined) throw parsingError(`Found two sub aggregation definitions under [${name}]`);
  const nested = aggs ?? aggregations;
  return isObject(nested) && Object.keys(nested).length === 0 ? undefined : nested;
}

function unknownType(type: string) {
  const refused = refusedTypes.get(type);
  if (refused !== undefined) return illegalArgument(`Aggregation type [${type}] is not supported by meshscope: ${refused}`);
  const close = [...kinds.keys(), ...pipelineKinds.keys()].filter((known) => distance(known, type) <= Math.min(3, type.length / 2));
  const hint = close.length === 0 ? '' : ` did you mean ${close.length === 1 ? `[${close[0]}]` : `any of [${close.join(', ')}]`}?`;
  return parsingError(`Unknown aggregation type [${type.slice(0, 200)}]${hint}`);
}

/** Edits between two short names; anything longer than a type name is far away by definition. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 3) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const swap = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[right.length] as number;
}

function tokenOf(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (value === null) return 'VALUE_NULL';
  if (typeof value === 'string') return 'VALUE_STRING';
  if (typeof value === 'number') return 'VALUE_NUMBER';
  return typeof value === 'boolean' ? 'VALUE_BOOLEAN' : 'START_OBJECT';
}
