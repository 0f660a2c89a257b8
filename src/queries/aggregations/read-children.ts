import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { Aggregation, Pipeline, Result } from './aggregation.ts';
import type { PlannedChildren } from './plan-children.ts';
import type { Row } from './row.ts';

const typedNames = new WeakMap<Result, string>();

/** The answers of the aggregations in one bucket, sibling pipelines included, by name. */
export function readChildren(children: readonly Aggregation[], planned: PlannedChildren, row: Row): Record<string, Result> {
  const answers = Object.fromEntries(
    children.flatMap((child) => {
      const found = planned.get(child.name);
      return found === undefined ? [] : [[child.name, remember(child, found.read(row), found.typedName)]];
    }),
  );
  for (const { child, pipeline } of pipelinesOf(children)) {
    if (pipeline.sibling !== undefined) setOwn(answers, child.name, remember(child, pipeline.sibling(answers), pipeline.typedName));
  }
  return answers;
}

/** Runs the pipelines that change the buckets of the aggregation that has `children`; dependencies first. */
export function applyPipelines(children: readonly Aggregation[], buckets: Result[]): Result[] {
  return pipelinesOf(children).reduce((kept, { child, pipeline }) => {
    if (pipeline.buckets === undefined) return kept;
    const result = pipeline.buckets(kept, child.name);
    for (const bucket of result) {
      const answer = bucket[child.name];
      if (isResult(answer)) remember(child, answer, pipeline.typedName);
    }
    return result;
  }, buckets);
}

/** Renames the answers to `type#name`, at every level. */
export function withTypedKeys(answers: Readonly<Record<string, Result>>, aggregations: readonly Aggregation[]): Record<string, unknown> {
  return Object.fromEntries(
    aggregations.flatMap((aggregation) => {
      const answer = Object.hasOwn(answers, aggregation.name) ? answers[aggregation.name] : undefined;
      if (answer === undefined) return [];
      return [[`${typedNames.get(answer) ?? aggregation.type}#${aggregation.name}`, typedInside(answer, aggregation.children)]];
    }),
  );
}

function typedInside(answer: Result, children: readonly Aggregation[]): unknown {
  if (children.length === 0) return answer;
  const { buckets } = answer;
  if (Array.isArray(buckets)) return { ...answer, buckets: buckets.map((bucket) => typedBucket(bucket, children)) };
  if (isResult(buckets)) {
    return { ...answer, buckets: Object.fromEntries(Object.entries(buckets).map(([key, bucket]) => [key, typedBucket(bucket, children)])) };
  }
  return typedBucket(answer, children);
}

function typedBucket(bucket: unknown, children: readonly Aggregation[]): unknown {
  if (!isResult(bucket)) return bucket;
  const names = new Set(children.map((child) => child.name));
  const own = Object.entries(bucket).filter(([key]) => !names.has(key));
  return { ...Object.fromEntries(own), ...withTypedKeys(bucket as Record<string, Result>, children) };
}

/** An own property even when the name is `__proto__`. */
export function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function remember(child: Aggregation, answer: Result, typedName: string): Result {
  typedNames.set(answer, typedName);
  if (child.meta !== undefined) setOwn(answer, 'meta', child.meta);
  return answer;
}

type PipelineChild = Readonly<{ child: Aggregation; pipeline: Pipeline }>;

/** In the order of their paths: a pipeline that reads another one runs after it. */
function pipelinesOf(children: readonly Aggregation[]): readonly PipelineChild[] {
  const all = children.flatMap((child) => ('pipeline' in child.work ? [{ child, pipeline: child.work.pipeline }] : []));
  const byName = new Map(all.map((one) => [one.child.name, one]));
  const done = new Set<PipelineChild>();
  const visit = (one: PipelineChild, trail: ReadonlySet<PipelineChild>): void => {
    if (done.has(one)) return;
    if (trail.has(one)) throw illegalArgument(`Cyclical dependency found with pipeline aggregator [${one.child.name}]`);
    for (const path of one.pipeline.paths) {
      const other = byName.get(path.split(/[>.[]/)[0] as string);
      if (other !== undefined) visit(other, new Set([...trail, one]));
    }
    done.add(one);
  };
  for (const one of all) visit(one, new Set());
  return [...done];
}

function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
