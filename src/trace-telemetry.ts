import type { Exporters } from './exporters/start-exporters.ts';
import type { Sample, Telemetry } from './lib/telemetry.ts';
import type { RedisStreamStatus, RedisStreams } from './sources/redis-streams/start-redis-streams.ts';

export type TraceTelemetryParts = Readonly<{
  /** Asked when the metrics are read: both are started last. */
  mesh: () => RedisStreams | undefined;
  exporters: () => Exporters | undefined;
}>;

const askMillis = 500;

/** Registers the metrics of what reads traces from Redis and of what sends them on. */
export function addTraceTelemetry(telemetry: Telemetry, { mesh, exporters }: TraceTelemetryParts): void {
  let asked: Readonly<{ at: number; status: ReturnType<RedisStreams['status']> | undefined }> | undefined;
  /** Redis is asked once for all metrics of a snapshot. */
  const meshStatus = () => {
    const now = performance.now();
    if (asked === undefined || now - asked.at > askMillis) asked = { at: now, status: mesh()?.status() };
    return asked.status;
  };
  const ofStreams = async (read: (stream: RedisStreamStatus) => number | undefined): Promise<readonly Sample[]> => {
    const streams = (await meshStatus())?.streams ?? [];
    return streams.flatMap((stream) => {
      const value = read(stream);
      return value === undefined ? [] : [{ labels: { stream: stream.name }, value }];
    });
  };
  telemetry.gauge('meshscope_redis_connected', 'Whether the stream is being read from Redis (1) or not (0).', () =>
    ofStreams(({ connectionState }) => (connectionState === 'connected' ? 1 : 0)),
  );
  telemetry.gauge('meshscope_redis_stream_length', 'Entries in the stream.', () => ofStreams(({ length }) => length));
  telemetry.gauge('meshscope_redis_stream_lag', 'Entries of the stream that were not delivered to the group yet.', () =>
    ofStreams(({ lag }) => lag),
  );
  telemetry.gauge('meshscope_redis_stream_pending', 'Entries that were delivered to the group and not acknowledged yet.', () =>
    ofStreams(({ pending }) => pending),
  );

  const targets = () => exporters()?.status().targets ?? [];
  telemetry.observedCounter(
    'meshscope_exported_traces_total',
    'Finished traces that were sent on, by target and what became of them.',
    () =>
      targets().flatMap(({ name, exported, updates, failed, dropped }) =>
        Object.entries({ exported, updated: updates, failed, dropped }).map(([outcome, value]) => ({
          labels: { target: name, outcome },
          value,
        })),
      ),
  );
  telemetry.gauge('meshscope_export_queue', 'Finished traces that wait for their target.', () =>
    targets().map(({ name, queued }) => ({ labels: { target: name }, value: queued })),
  );
}
