import type { SpanRecord } from './span.ts';

/**
 * OpenTelemetry's names of what has a column of its own in `spans` (semantic conventions: gen_ai, service, telemetry, host). The attributes
 * stay where they are; the column is a second way to find them. A smaller `rank` wins where a span has several of one column.
 */
type Known<Column extends keyof SpanRecord> = ReadonlyMap<string, Readonly<{ column: Column; rank: number }>>;

const ranked = <Column extends keyof SpanRecord>(columns: Readonly<Record<Column, readonly string[]>>): Known<Column> =>
  new Map((Object.keys(columns) as Column[]).flatMap((column) => columns[column].map((name, rank) => [name, { column, rank }] as const)));

/** Attributes of a span. The model that answered says more than the one that was asked for. */
export const knownSpanAttributes = ranked({
  target: ['peer.service', 'service.peer.name'],
  model: ['gen_ai.response.model', 'gen_ai.request.model'],
  provider: ['gen_ai.provider.name', 'gen_ai.system'],
  inputTokens: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
  outputTokens: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
  totalTokens: ['gen_ai.usage.total_tokens'],
});

/** Attributes of the resource that a span came from. */
export const knownResourceAttributes = ranked({
  service: ['service.name'],
  instance: ['service.instance.id'],
  address: ['host.ip', 'host.name'],
  runtime: ['telemetry.sdk.language', 'process.runtime.name'],
});
