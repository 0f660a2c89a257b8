import { AppError } from '../lib/errors.ts';
import type { IngestMetrics } from '../model/metric-point.ts';
import { metricLine, spanLine } from '../model/signal-lines.ts';
import type { IngestSpans } from '../model/span.ts';
import type { SpanLines } from '../model/span-lines.ts';
import { FrameBuilder } from './frame-builder.ts';
import type { IntakePorts } from './log-intake.ts';

export type SignalPorts = Pick<IntakePorts, 'append' | 'count'>;

/** A guess of the bytes of a line; a frame grows when it is wrong. */
const lineBytes = 600;

const noLines: SpanLines = { bytes: new Uint8Array(), rowsAt: [] };

/** The way in for spans: one frame for a batch, with the messages that could not be read as dead letters. */
export function createIngestSpans({ append, count }: SignalPorts): IngestSpans {
  return async ({ source, spans, lines = noLines, deadLetters = [] }) => {
    const accepted = spans.length + lines.rowsAt.length;
    let bytes = lines.bytes.length;
    await guarded(source, accepted + deadLetters.length, count, () =>
      append((_, firstRow) => {
        const frame = new FrameBuilder(firstRow, spans.length * lineBytes);
        frame.addSpanLines(lines);
        for (const span of spans) bytes += frame.addLine('spans', spanLine(span, frame.nextRow, source));
        for (const { payload, reason } of deadLetters) frame.addDeadLetter('spans', source, reason, payload);
        return frame.finish();
      }),
    );
    count(source, 'accepted', accepted, bytes);
    count(source, 'dead_lettered', deadLetters.length, 0);
  };
}

/** The way in for data points of metrics. */
export function createIngestMetrics({ append, count }: SignalPorts): IngestMetrics {
  return async ({ source, points }) => {
    let bytes = 0;
    await guarded(source, points.length, count, () =>
      append((_, firstRow) => {
        const frame = new FrameBuilder(firstRow, points.length * lineBytes);
        for (const point of points) bytes += frame.addLine('metrics', metricLine(point, frame.nextRow, source));
        return frame.finish();
      }),
    );
    count(source, 'accepted', points.length, bytes);
  };
}

async function guarded(source: string, records: number, count: SignalPorts['count'], append: () => Promise<void>): Promise<void> {
  count(source, 'received', records, 0);
  try {
    await append();
  } catch (error) {
    count(source, 'rejected', records, 0);
    throw error instanceof AppError
      ? error
      : new AppError('store_failed', `the journal failed: ${(error as Error).message}`, { cause: error });
  }
}
