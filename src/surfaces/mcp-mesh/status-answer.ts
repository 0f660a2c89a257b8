import { shownUrl } from '../../lib/url-credentials.ts';
import type { ActiveTraces } from '../../queries/traces/active-traces.ts';
import { goDuration, goMap } from './go-values.ts';
import type { MeshConsumer, MeshSettings } from './mesh-ports.ts';

const nanosPerMilli = 1_000_000;
/** How long one read of a stream waits for entries. */
const blockMillis = 5000;

type Status = Readonly<{
  enabled: boolean;
  settings: MeshSettings;
  consumer: MeshConsumer | undefined;
  active: ActiveTraces;
}>;

/** `/trace/status` and `/trace/info`. Each member is named here, so that a setting with a secret does not go out by itself. */
export function statusAnswer({ enabled, settings, consumer, active }: Status): Readonly<Record<string, unknown>> {
  return goMap({
    enabled,
    exporter_type: settings.exporterType,
    stream_through_mode: false,
    config: configAnswer(enabled, settings, consumer),
    consumer: consumerAnswer(settings, consumer),
    correlator: goMap({
      active_traces: active.traces,
      trace_timeout: goDuration(settings.timeoutMillis),
      ...(active.traces === 0
        ? {}
        : {
            oldest_trace_age: goDuration(Math.round(active.oldestMillis ?? 0)),
            total_spans: active.spans,
            avg_spans_per_trace: active.spans / active.traces,
          }),
    }),
  });
}

function configAnswer(enabled: boolean, settings: MeshSettings, consumer: MeshConsumer | undefined): Readonly<Record<string, unknown>> {
  return {
    enabled,
    redis_url: shownUrl(settings.redisUrl),
    stream_name: settings.streams.join(','),
    consumer_group: settings.group,
    consumer_name: consumer?.consumer ?? '',
    batch_size: settings.batchSize,
    block_timeout: blockMillis * nanosPerMilli,
    trace_timeout: settings.timeoutMillis * nanosPerMilli,
    exporter_type: settings.exporterType,
    pretty_console_output: settings.pretty,
    ...(settings.jsonFolder === '' ? {} : { json_output_directory: settings.jsonFolder }),
    enable_stats: settings.statistics,
    telemetry_endpoint: shownUrl(settings.telemetryEndpoint),
    telemetry_protocol: settings.telemetryProtocol,
  };
}

function consumerAnswer(settings: MeshSettings, consumer: MeshConsumer | undefined): Readonly<Record<string, unknown>> {
  const names = settings.streams.join(',');
  if (consumer === undefined) {
    return goMap({
      enabled: settings.consumerEnabled,
      running: false,
      stream_name: names,
      consumer_group: settings.group,
      consumer_name: '',
    });
  }
  const { streams } = consumer;
  // What is not known of one stream is not known of all: nothing left would be wrong.
  const sum = (numbers: readonly (number | undefined)[]) =>
    numbers.reduce((total, value) => (total === undefined || value === undefined ? undefined : total + value), 0);
  const last = (ids: readonly (string | undefined)[]) => ids.filter((id) => id !== undefined && id !== '').reduce(laterId, undefined);
  return goMap({
    enabled: true,
    running: consumer.running,
    stream_name: names,
    consumer_group: consumer.group,
    consumer_name: consumer.consumer,
    stream_length: sum(streams.map(({ length }) => length)),
    stream_last_entry_id: last(streams.map(({ lastEntryId }) => lastEntryId)),
    group_pending: sum(streams.map(({ pending }) => pending)),
    group_last_delivered_id: last(streams.map(({ lastDeliveredId }) => lastDeliveredId)),
    group_lag: sum(streams.map(({ lag }) => lag)),
    connection_state: consumer.connectionState,
    consuming: consumer.consuming,
    retry_count: consumer.retryCount,
    last_error: consumer.lastError,
    last_error_time: consumer.lastErrorTime,
    streams: streams.map(({ name, length, lastEntryId, pending, lastDeliveredId, lag }) =>
      goMap({ name, length, last_entry_id: lastEntryId, pending, last_delivered_id: lastDeliveredId, lag }),
    ),
  });
}

/** Ids are `milliseconds-number`. */
function laterId(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const [[aMillis, aCount], [bMillis, bCount]] = [a, b].map((id) => id.split('-').map((part) => Number(part))) as [number[], number[]];
  return (aMillis ?? 0) - (bMillis ?? 0) || (aCount ?? 0) - (bCount ?? 0)
    ? ((aMillis ?? 0) - (bMillis ?? 0) || (aCount ?? 0) - (bCount ?? 0)) > 0
      ? a
      : b
    : a;
}
