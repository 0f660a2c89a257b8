import type { Labels, Metric } from '../../lib/telemetry.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';

export interface MetricsPort {
  snapshot(): readonly Metric[] | Promise<readonly Metric[]>;
}

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsRoutes(port: MetricsPort): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/metrics', {
      id: 'metrics',
      summary: 'Metrics of this server in the text format of Prometheus, version 0.0.4.',
      answers: { 200: { description: 'The metrics.', contentType: 'text/plain' } },
      handle: async () => ({ text: metricsText(await port.snapshot()), contentType }),
    }),
  ];
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

const escapeText = (text: string) => text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
