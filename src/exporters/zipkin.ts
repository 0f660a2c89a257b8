import { zipkinTrace } from '../queries/trace-forms/zipkin-v2.ts';
import type { TraceExporter } from './exporter.ts';
import { endpointUrl, httpPost } from './http-post.ts';

export type ZipkinOptions = Readonly<{ endpoint: string; ownPorts: () => readonly number[] }>;

const maxSpans = 2000;

/** Zipkin's `POST /api/v2/spans`. */
export function createZipkinExporter({ endpoint, ownPorts }: ZipkinOptions): TraceExporter {
  const target = { url: endpointUrl(endpoint, '/api/v2/spans'), headers: {}, ownPorts };
  return {
    parallel: 4,
    export: async (trace, { signal }) => {
      const spans = zipkinTrace(trace);
      for (let at = 0; at < spans.length; at += maxSpans) {
        const response = await httpPost(target, 'application/json', JSON.stringify(spans.slice(at, at + maxSpans)), signal);
        await response.arrayBuffer();
      }
    },
  };
}
