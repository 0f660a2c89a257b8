import type { FastifyRequest } from 'fastify';
import type { Exemplar, Labels, Metric } from '../../lib/telemetry.ts';
import { type ApiAnswer, type ApiRoute, apiRoute } from './api-route.ts';

export interface MetricsPort {
  snapshot(): readonly Metric[] | Promise<readonly Metric[]>;
}

const textType = 'text/plain; version=0.0.4; charset=utf-8';
const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export function metricsRoutes(port: MetricsPort): readonly ApiRoute[] {
  const answer = async (accept: string | undefined): Promise<ApiAnswer> => {
    const metrics = await port.snapshot();
    return wantsOpenMetrics(accept)
      ? { text: openMetricsText(metrics), contentType: openMetricsType }
      : { text: metricsText(metrics), contentType: textType };
  };
  const route = apiRoute('GET', '/metrics', {
    id: 'metrics',
    summary:
      'Metrics of this server in the text format of Prometheus, version 0.0.4; in that of OpenMetrics 1.0 when `Accept` asks for it.',
    answers: { 200: { description: 'The metrics.', contentType: 'text/plain' } },
    handle: () => answer(undefined),
  });
  return [{ ...route, run: ({ headers }: FastifyRequest) => answer(headers.accept) }];
}

/** Whether a header `Accept` (RFC 9110, section 12.5.1) names OpenMetrics 1.0, and not the older format before it. */
export function wantsOpenMetrics(accept = ''): boolean {
  const weights = { open: 0, text: 0 };
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const parameter = (name: string) => parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    const weight = Number(parameter('q') ?? 1);
    const version = parameter('version')?.replaceAll('"', '');
    if (type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0') weights.open = Math.max(weights.open, weight);
    else if (type === 'text/plain' && (version ?? '0.0.4') === '0.0.4') weights.text = Math.max(weights.text, weight);
  }
  return weights.open > 0 && weights.open >= weights.text;
}

/** Prometheus' text format 0.0.4. A metric without samples is left out. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map((sample) => `${name}${sample.suffix ?? ''}${labelText(sample.labels)} ${numberText(sample.value)}\n`);
      return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');
}

/** OpenMetrics 1.0: a counter's family has no `_total`, buckets may have an exemplar, and the end is marked. */
export function openMetricsText(metrics: readonly Metric[]): string {
  const families = metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const family = type === 'counter' ? name.replace(/_total$/, '') : name;
      const lines = samples.map(({ suffix = '', labels, value, exemplar }) => {
        const known = suffix === '_bucket' && exemplar !== undefined ? exemplarText(exemplar) : '';
        return `${type === 'counter' ? `${family}_total` : name}${suffix}${labelText(labels)} ${numberText(value)}${known}\n`;
      });
      const kind = type === 'untyped' ? 'unknown' : type;
      return `# TYPE ${family} ${kind}\n# HELP ${family} ${escapeText(help).replaceAll('"', '\\"')}\n${lines.join('')}`;
    });
  return `${families.join('')}# EOF\n`;
}

const exemplarText = ({ labels, value, timeMillis }: Exemplar) =>
  ` # ${labelText(labels) || '{}'} ${numberText(value)} ${(timeMillis / 1000).toFixed(3)}`;

const escapeText = (text: string) => text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
