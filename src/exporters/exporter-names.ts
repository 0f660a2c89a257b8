import { nearestName } from '../lib/nearest-name.ts';

/** `custom` is the module of `tracing.exporterModule`. */
export type ExporterName = 'console' | 'json' | 'otlp' | 'zipkin' | 'jaeger' | 'custom';

/** What `TRACE_EXPORTER_TYPE` may hold. `multi` is every exporter that has been told where to. */
const meanings: Readonly<Record<string, readonly ExporterName[] | 'multi'>> = {
  console: ['console'],
  json: ['json'],
  otlp: ['otlp'],
  telemetry: ['otlp'],
  zipkin: ['zipkin'],
  jaeger: ['jaeger'],
  custom: ['custom'],
  multi: 'multi',
  multiple: 'multi',
  all: 'multi',
  none: [],
  off: [],
};

export const exporterWords: readonly string[] = Object.keys(meanings);

export type ExporterChoice = Readonly<{ names: readonly ExporterName[]; isMulti: boolean }>;

/** Reads `console`, `console,json`, `multi` …; the text tells what is wrong. */
export function parseExporterNames(text: string): ExporterChoice | string {
  const words = text
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
  const unknown = words.find((word) => !Object.hasOwn(meanings, word));
  if (unknown !== undefined) {
    const near = nearestName(unknown, exporterWords);
    return `must be a list of ${exporterWords.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`;
  }
  const chosen = words.map((word) => meanings[word] ?? []);
  return { names: [...new Set(chosen.flatMap((one) => (one === 'multi' ? [] : one)))], isMulti: chosen.includes('multi') };
}
