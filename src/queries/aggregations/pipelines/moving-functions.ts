import { illegalArgument, unsupported } from '../../../lib/elasticsearch-errors.ts';
import type { PipelineKind } from '../aggregation.ts';
import { isObject, type JsonObject } from '../params.ts';
import { orNull } from './buckets-path.ts';
import { seriesPipeline } from './over-buckets.ts';
import { scriptOf } from './script.ts';

type Moving = (values: readonly number[]) => number;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => (values.length === 0 ? Number.NaN : sum(values) / values.length);

function linear(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  // Elasticsearch starts the total of the weights at 1.
  const weights = 1 + (values.length * (values.length + 1)) / 2;
  return values.reduce((total, value, index) => total + value * (index + 1), 0) / weights;
}

function ewma(values: readonly number[], alpha: number): number {
  return values.reduce((average, value) => (Number.isNaN(average) ? value : value * alpha + average * (1 - alpha)), Number.NaN);
}

function holt(values: readonly number[], alpha: number, beta: number): number {
  let [level, trend] = [Number.NaN, 0];
  for (const value of values) {
    if (Number.isNaN(level)) level = value;
    else {
      const before = level;
      level = alpha * value + (1 - alpha) * (before + trend);
      trend = beta * (level - before) + (1 - beta) * trend;
    }
  }
  return level;
}

function deviation(values: readonly number[], average: number): number {
  if (values.length === 0) return Number.NaN;
  return Math.sqrt(values.reduce((total, value) => total + (value - average) ** 2, 0) / values.length);
}

const functions: Readonly<Record<string, (parameters: readonly number[]) => Moving>> = {
  max: () => (values) => (values.length === 0 ? Number.NaN : Math.max(...values)),
  min: () => (values) => (values.length === 0 ? Number.NaN : Math.min(...values)),
  sum: () => sum,
  unweightedAvg: () => mean,
  linearWeightedAvg: () => linear,
  ewma:
    ([alpha = 0.3]) =>
    (values) =>
      ewma(values, alpha),
  holt:
    ([alpha = 0.3, beta = 0.1]) =>
    (values) =>
      holt(values, alpha, beta),
  stdDev: () => (values) => deviation(values, mean(values)),
};

const known = Object.keys(functions).map((name) => `MovingFunctions.${name}`);

/** `MovingFunctions.name(values, 0.3, …)`; no other script is run. */
function parseFunction(script: string): Moving {
  const match = /^\s*(?:return\s+)?MovingFunctions\.(\w+)\s*\(\s*values\s*((?:,[^;]*)?)\)\s*;?\s*$/.exec(script);
  const name = match?.[1];
  const make = name !== undefined && Object.hasOwn(functions, name) ? functions[name] : undefined;
  const rest = (match?.[2] ?? '').replace(/MovingFunctions\.unweightedAvg\s*\(\s*values\s*\)/, '0');
  const parameters = rest
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'true' && part !== 'false')
    .map(Number);
  if (make === undefined || parameters.some((parameter) => !Number.isFinite(parameter))) {
    throw unsupported(`[moving_fn] supports one call of ${known.join(', ')} on [values], not the script [${script.slice(0, 200)}]`);
  }
  return make(parameters);
}

/** Applies to the values before a bucket; `shift` moves the window. Gaps are not part of the series. */
function moving(values: readonly number[], window: number, shift: number, apply: Moving) {
  const present = values.filter((value) => Number.isFinite(value));
  const clamp = (index: number) => Math.max(0, Math.min(index, present.length));
  let index = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return undefined;
    const result = apply(present.slice(clamp(index - window + shift), clamp(index + shift)));
    index += 1;
    return { value: orNull(result) };
  });
}

const movingFn = seriesPipeline('moving_fn', (params) => {
  const window = params.integer('window', 0, 1);
  if (window === 0) throw illegalArgument('[window] must be a positive, non-zero integer.');
  const shift = params.number('shift') ?? 0;
  const apply = parseFunction(scriptOf(params.get('script'), params.name).source);
  return (values) => moving(values, window, shift, apply);
});

/** Of Elasticsearch 7, still sent by old dashboards; its window includes the bucket itself. */
const movingAvg = seriesPipeline('moving_avg', (params) => {
  const window = params.integer('window', 5, 1);
  const model = params.string('model') ?? 'simple';
  const settings: JsonObject = params.object('settings') ?? {};
  const names: Readonly<Record<string, string>> = { simple: 'unweightedAvg', linear: 'linearWeightedAvg', ewma: 'ewma', holt: 'holt' };
  const make = Object.hasOwn(names, model) ? functions[names[model] as string] : undefined;
  if (make === undefined) throw unsupported(`[moving_avg] supports the models [${Object.keys(names).join(', ')}], not [${model}]`);
  if (params.get('predict') !== undefined) throw unsupported('[moving_avg] does not support [predict]');
  params.ignore('minimize');
  const setting = (name: string, fallback: number) =>
    isObject(settings) && typeof settings[name] === 'number' ? settings[name] : fallback;
  const apply = make([setting('alpha', 0.3), setting('beta', 0.1)]);
  return (values) => moving(values, window, 1, apply);
});

export const movingPipelines: readonly PipelineKind[] = [movingFn, movingAvg];
