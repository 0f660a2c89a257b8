import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { severityNumbers } from './log-document.ts';
import { documentOfPinoLine } from './pino-line.ts';
import { flush, Telemetry, type TelemetryOptions } from './telemetry.ts';

/** A line longer than this is left out, as one that never ends would fill the memory; in UTF-16 units. */
const maxLine = 1_048_576;

/**
 * Target of `pino.transport({ target: '@meshscope/sdk/pino', options })`. It runs in pino's thread; lines get their trace and request ids
 * in the program's, by `mixin: pinoMixin`.
 */
export default function pinoTransport(options: TelemetryOptions = {}): Writable {
  const telemetry = new Telemetry(options);
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (line: string) => {
    const found = line.length > maxLine ? undefined : documentOfPinoLine(line, telemetry.service);
    if (!found) {
      if (line.trim() !== '') telemetry.countFailure();
      return;
    }
    const { document, level } = found;
    const trace = document.trace as { trace_id?: unknown } | undefined;
    const decision = telemetry.sampler({
      level,
      name: String(document.msg),
      traceId: typeof trace?.trace_id === 'string' ? trace.trace_id : undefined,
      isError: severityNumbers[level] >= severityNumbers.ERROR,
    });
    if (decision.kept)
      telemetry.log(
        decision.rate === undefined ? document : { ...document, sampled: true, sample_rate: decision.rate },
        severityNumbers[level],
      );
  };

  return new Writable({
    write(chunk: Buffer | string, _encoding, done) {
      const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > maxLine) rest = rest.slice(0, maxLine + 1);
      for (const line of lines) take(line);
      done();
    },
    final(done) {
      take(rest);
      flush(2000).then(() => done(), done);
    },
  });
}
