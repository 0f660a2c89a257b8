import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildPackage } from '../test/build-package.ts';
import { RecordingCollector } from '../test/recording-collector.ts';
import { LogContext } from './log-context.ts';
import pinoTransport from './pino.ts';
import { documentOfPinoLine } from './pino-line.ts';
import { pinoMixin } from './pino-mixin.ts';
import { runInScope } from './scope.ts';

let collector: RecordingCollector;

beforeAll(async () => {
  await buildPackage();
  collector = await RecordingCollector.start();
});
afterAll(() => collector.stop());

const service = { name: 's', version: undefined, environment: undefined, instanceId: 'i' };

describe('pino', () => {
  it.each(['esm', 'cjs'])('delivers lines from its thread (%s)', async (format) => {
    collector.clear();
    const transport = pino.transport({
      target: join(import.meta.dirname, `../dist/${format}/pino.js`),
      options: { url: collector.url, service: 'pino-app' },
    });
    const log = pino({ mixin: pinoMixin, level: 'debug', name: 'api' }, transport);
    const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', flags: 1 };
    runInScope({ trace, requestId: 'c:1' }, () =>
      LogContext.run({ user_id: 'u' }, () => log.info({ city: 'Paris', password: 'p' }, 'hello')),
    );
    log.error(new TypeError('broken'));
    // Ending blocks this thread until pino's has ended, and the collector lives in this one.
    await vi.waitFor(() => expect(collector.logs).toHaveLength(2), 60_000);
    await new Promise<void>((resolve) => {
      transport.on('close', () => resolve());
      transport.end();
    });
    expect(collector.logs[0]).toMatchObject({
      level: 'INFO',
      msg: 'hello',
      city: 'Paris',
      password: '[redacted]',
      user_id: 'u',
      request_id: 'c:1',
      service: { name: 'pino-app' },
      agent: { name: 'api' },
      trace: { trace_id: trace.traceId, span_id: trace.spanId },
    });
    expect(collector.logs[1]).toMatchObject({ level: 'ERROR', msg: 'broken', exception: { type: 'TypeError', message: 'broken' } });
  });

  it('delivers what waits before it ends, however the bytes are cut', async () => {
    collector.clear();
    const target = pinoTransport({ url: collector.url, service: 'direct', flushMillis: 60_000 });
    const bytes = Buffer.from('{"level":30,"msg":"grün"}\n{"level":20,"msg":"zwei"}\nrubbish\n{"level":60,"msg":"ohne Ende"}');
    for (const byte of bytes) target.write(Buffer.from([byte]));
    await new Promise<void>((resolve) => target.end(() => resolve()));
    expect(collector.logs.map((line) => [line.level, line.msg])).toEqual([
      ['INFO', 'grün'],
      ['DEBUG', 'zwei'],
      ['CRITICAL', 'ohne Ende'],
    ]);
  });

  it.each([['not json'], ['[1]'], ['null'], ['']])('is not disturbed by %j', (line) => {
    expect(documentOfPinoLine(line, service)).toBeUndefined();
  });

  it('takes times and levels of any form', () => {
    expect(documentOfPinoLine('{"level":"warn","time":"bad","reqId":7}', service)).toMatchObject({
      level: 'WARNING',
      document: { request_id: '7', msg: '' },
    });
  });
});
