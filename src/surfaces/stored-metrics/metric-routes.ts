import { z } from 'zod';
import { stringifyJson } from '../../lib/json/json-text.ts';
import type { StoredMetrics } from '../../queries/stored-metrics/stored-metrics.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { rangeOf, rangeQuery, wholeNumber } from '../traces/request-parts.ts';

const attributes = z.record(z.string(), z.unknown());
const nanos = z.string().describe('Nanoseconds since the epoch, decimal.');
const point = z.strictObject({
  service: z.string(),
  type: z.string().describe('gauge, sum, histogram, exponential_histogram or summary.'),
  unit: z.string(),
  temporality: z.string(),
  monotonic: z.boolean(),
  start_nanos: nanos,
  time_nanos: nanos,
  value: z.string().describe('Of a gauge or a sum: the number as it was sent.'),
  count: z.string().nullable(),
  sum: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  details: attributes.describe('Buckets, quantiles, exemplars.'),
  attributes,
  resource: attributes,
  scope: attributes,
});
const name = z.strictObject({
  name: z.string(),
  type: z.string(),
  unit: z.string(),
  description: z.string(),
  services: z.array(z.string()),
  points: z.int(),
});

/** Data points that came by OTLP, as they came. */
export function metricRoutes(metrics: StoredMetrics, now: () => number = Date.now): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/api/metrics', {
      id: 'listMetrics',
      summary: 'Names of stored metrics.',
      query: z.strictObject({ ...rangeQuery, limit: wholeNumber(1, 10_000, 1000) }),
      answers: { 200: { description: 'By name.', schema: z.strictObject({ metrics: z.array(name) }) } },
      handle: async ({ query }) => ({ json: { metrics: await metrics.names(rangeOf(query, now()), query.limit) } }),
    }),
    apiRoute('GET', '/api/metrics/{name}', {
      id: 'showMetric',
      summary: 'Data points of one metric, the newest first.',
      query: z.strictObject({ ...rangeQuery, service: z.string().optional(), limit: wholeNumber(1, 10_000, 100) }),
      answers: { 200: { description: 'None is no error.', schema: z.strictObject({ points: z.array(point) }) } },
      handle: async ({ query, param }) => {
        const points = await metrics.points(param('name'), query.service, rangeOf(query, now()), query.limit);
        const printed = points.map(({ startNanos, timeNanos, ...rest }) => ({ ...rest, start_nanos: startNanos, time_nanos: timeNanos }));
        return { text: stringifyJson({ points: printed }), contentType: 'application/json; charset=utf-8' };
      },
    }),
  ];
}
