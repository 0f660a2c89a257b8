import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildPackage } from '../test/build-package.ts';
import { RecordingCollector } from '../test/recording-collector.ts';
import { AgentLogger, type AgentLoggerOptions } from './agent-logger.ts';
import { LogContext } from './log-context.ts';
import { runInScope } from './scope.ts';
import { deliveryCounts, flush } from './telemetry.ts';

type Line = Readonly<Record<string, unknown>>;

let collector: RecordingCollector;
let lines: Line[] = [];

beforeAll(async () => {
  await buildPackage();
  collector = await RecordingCollector.start();
});
afterAll(() => collector.stop());
beforeEach(() => {
  lines = [];
  collector.clear();
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Line);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const logger = (options: AgentLoggerOptions = {}) => new AgentLogger('weather-agent', { url: collector.url, level: 'DEBUG', ...options });
const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', flags: 1 };

describe('AgentLogger', () => {
  it("writes the page's fields, to the standard error and to the collector alike", async () => {
    runInScope({ trace, requestId: 'req-1' }, () => logger().info('Getting forecast for Paris', { location: 'Paris', days: 7 }));
    const [line] = lines;
    expect(line).toMatchObject({
      level: 'INFO',
      msg: 'Getting forecast for Paris',
      service: { name: 'weather-agent' },
      agent: { name: 'weather-agent', type: 'mcp-mesh' },
      trace: { trace_id: trace.traceId, span_id: trace.spanId, trace_flags: '01' },
      request_id: 'req-1',
      location: 'Paris',
      days: 7,
    });
    expect(Math.abs(Date.parse(String(line?.timestamp)) - Date.now())).toBeLessThan(60_000);
    expect(line?.source).toMatchObject({ file: import.meta.filename, line: expect.any(Number) });
    await flush();
    expect(collector.logs).toEqual([line]);
    expect(collector.received[0]?.path).toBe('/mcp-mesh-logs/_bulk');
  });

  it.each([
    [
      'request',
      (log: AgentLogger) => log.request('get_forecast', { params: { days: 7 }, durationMs: 104.5, status: 'success', city: 'Paris' }),
      {
        level: 'INFO',
        msg: 'Request processed: get_forecast',
        request: { method: 'get_forecast', params: { days: 7 }, duration_ms: 104.5, status: 'success' },
        metrics: { duration_ms: 104.5 },
        city: 'Paris',
      },
    ],
    [
      'exception',
      (log: AgentLogger) => log.exception('Failed', new TypeError('no', { cause: new Error('root') }), { retry: 2 }),
      {
        level: 'ERROR',
        exception: { type: 'TypeError', message: 'no', traceback: expect.stringMatching(/TypeError: no\n(?:.*\n)*Caused by: Error: root/) },
        retry: 2,
      },
    ],
    [
      'audit',
      (log: AgentLogger) => log.audit('forecast_retrieved', 'location:Paris', 'success', { user_id: 'u1' }),
      {
        level: 'INFO',
        msg: 'Audit: forecast_retrieved location:Paris',
        audit: {
          action: 'forecast_retrieved',
          resource: 'location:Paris',
          result: 'success',
          user_id: 'u1',
          timestamp: expect.any(String),
        },
      },
    ],
    ['an error that is none', (log: AgentLogger) => log.exception('Failed', 'text'), { exception: { type: 'string', message: 'text' } }],
  ])('%s', (_name, act, expected) => {
    act(logger());
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject(expected);
  });

  it('counts requests, errors and warnings, and honours its level', () => {
    const log = logger({ level: 'WARNING' });
    log.debug('a');
    log.info('b');
    log.warning('c');
    log.error('d');
    log.request('m');
    expect(lines.map((line) => line.msg)).toEqual(['c', 'd']);
    expect(log.counts).toEqual({ requests_total: 1, errors_total: 1, warnings_total: 1 });
  });

  it('takes whatever it is given', () => {
    const circular: Record<string, unknown> = { name: 'loop' };
    circular.self = circular;
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 100_000; depth += 1) deep = { deep };
    const hostile = {
      circular,
      deep,
      big: 12n,
      bad: Number.NaN,
      when: new Date(Number.NaN),
      map: new Map([['k', new Set([1])]]),
      bytes: new Uint8Array(3),
      long: 'x'.repeat(100_000),
      get thrower(): never {
        throw new Error('no');
      },
      json: {
        toJSON() {
          throw new Error('no');
        },
      },
      nothing: undefined,
      work: () => 1,
    };
    const log = logger();
    log.info('hostile', hostile);
    log.info('proto', JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as Line);
    log.info(
      'proxy',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    );
    expect(lines[0]).toMatchObject({
      circular: { name: 'loop', self: '[circular]' },
      big: '12',
      bad: 'NaN',
      when: null,
      map: { k: [1] },
      bytes: '[3 bytes]',
      thrower: expect.stringContaining('unreadable'),
      json: expect.stringContaining('unreadable'),
    });
    expect(String(lines[0]?.long).length).toBeLessThan(40_000);
    expect(Object.getOwnPropertyDescriptor(lines[1], '__proto__')?.value).toEqual({ polluted: true });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(lines.map((line) => line.msg)).toEqual(['hostile', 'proto', 'proxy']);
  });

  it('lets no field pass for what the line itself says', () => {
    logger().info('true', { msg: 'false', level: 'DEBUG', timestamp: 0, trace: { trace_id: 'x' } });
    expect(lines[0]).toMatchObject({
      msg: 'true',
      level: 'INFO',
      extra: { msg: 'false', level: 'DEBUG', timestamp: 0, trace: { trace_id: 'x' } },
    });
  });

  it('redacts by key, path and pattern before anything leaves', async () => {
    const log = logger({
      redact: { keys: ['ssn', /^card/], paths: ['request.params.user.name', 'items[*].note'], patterns: [/\d{4}-\d{4}/] },
    });
    log.request('m', { params: { user: { name: 'Ann', id: 7 }, password: 'p', token: null } });
    log.info('Bearer abcdefgh12345 and 1234-5678 at https://u:secret@host/', { items: [{ note: 'n', k: 1 }], SSN: '1', cardNumber: '2' });
    log.exception('x', new Error('key sk-live-abcdefghijklmnop1234'));
    await flush();
    const all = JSON.stringify([lines, collector.received]);
    for (const secret of ['Ann', '"p"', 'abcdefgh12345', '1234-5678', 'u:secret', '"n"', 'abcdefghijklmnop1234'])
      expect(all).not.toContain(secret);
    expect(lines[0]).toMatchObject({ request: { params: { user: { name: '[redacted]', id: 7 }, password: '[redacted]', token: null } } });
    expect(lines[1]).toMatchObject({
      msg: '[redacted] and [redacted] at https://u:[redacted]@host/',
      items: [{ note: '[redacted]', k: 1 }],
    });
  });

  it('samples by level, rule and key, and keeps errors and audit', () => {
    const log = logger({
      source: false,
      sample: {
        rules: [
          { level: 'DEBUG', rate: 0 },
          { name: /^hot/, rate: 0.1 },
        ],
        perKey: { key: ({ name }) => name, perSecond: 5 },
      },
    });
    for (let count = 0; count < 1000; count += 1) {
      log.debug('never');
      log.info(`hot ${count}`);
      log.error('always');
    }
    for (let count = 0; count < 20; count += 1) log.info('same');
    log.audit('a', 'b', 'c');
    const kept = (test: (line: Line) => boolean) => lines.filter(test).length;
    expect(kept(({ level }) => level === 'DEBUG')).toBe(0);
    expect(kept(({ level }) => level === 'ERROR')).toBe(1000);
    expect(kept(({ sampled, sample_rate }) => sampled === true && sample_rate === 0.1)).toBeGreaterThan(50);
    expect(kept(({ sampled }) => sampled === true)).toBeLessThan(170);
    // A second may end in between.
    expect(kept(({ msg }) => msg === 'same')).toBeLessThanOrEqual(10);
    expect(kept(({ audit }) => audit !== undefined)).toBe(1);
  });

  it('keeps the lines of one trace together', () => {
    const log = logger({ source: false, sample: { rate: 0.5 } });
    let whole = 0;
    for (let count = 0; count < 200; count += 1) {
      const before = lines.length;
      const traceId = `${'0'.repeat(24)}${Math.floor(Math.random() * 0xffffffff)
        .toString(16)
        .padStart(8, '0')}`;
      runInScope({ trace: { ...trace, traceId } }, () => {
        for (let line = 0; line < 5; line += 1) log.info('step');
      });
      expect([0, 5]).toContain(lines.length - before);
      whole += lines.length > before ? 1 : 0;
    }
    expect(whole).toBeGreaterThan(60);
    expect(whole).toBeLessThan(140);
  });

  it('counts, then logs once for each period', async () => {
    const log = logger();
    for (let count = 0; count < 500; count += 1) log.countThenLog('Processed requests', { queue: 'main' }, { everyMillis: 40 });
    log.countThenLog('Processed requests', {}, { everyMillis: 40, key: 'other', by: 3 });
    expect(lines).toHaveLength(0);
    await vi.waitFor(() => expect(lines).toHaveLength(2), 60_000);
    expect(lines[0]).toMatchObject({ msg: 'Processed requests', count: 500, queue: 'main' });
    expect(lines[1]).toMatchObject({ count: 3, key: 'other' });
  });
});

describe('LogContext', () => {
  it('is nested, concurrent, and left when work throws', async () => {
    const log = logger();
    const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    const request = (id: string) =>
      LogContext.run({ request_id: id, user_id: `user-${id}` }, async () => {
        log.info('outer');
        await pause();
        await LogContext.run({ step: 'inner', user_id: 'other' }, async () => {
          await pause();
          log.info('inner');
        });
        await pause();
        log.info('outer');
      });
    await Promise.all(Array.from({ length: 50 }, (_, index) => request(`r${index}`)));
    expect(lines).toHaveLength(150);
    for (const line of lines) {
      const isInner = line.msg === 'inner';
      expect(line.user_id).toBe(isInner ? 'other' : `user-${String(line.request_id)}`);
      expect(line.step).toBe(isInner ? 'inner' : undefined);
    }
    expect(() =>
      LogContext.run({ request_id: 'gone' }, () => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(LogContext.current()).toEqual({});
    const bound = LogContext.run({ request_id: 'kept' }, () => LogContext.bind(() => LogContext.current().request_id));
    expect(LogContext.run({ request_id: 'wrong' }, bound)).toBe('kept');
  });
});

describe('delivery', () => {
  it('bounds what waits for a collector that is away, drops the oldest and says so', async () => {
    const away = await RecordingCollector.start();
    away.status = 503;
    const log = new AgentLogger('flood', { url: away.url, stderr: false, source: false, maxQueueBytes: 100_000, flushMillis: 10 });
    for (let count = 0; count < 20_000; count += 1) log.info(`line ${count}`);
    await flush(300);
    type Counts = { dropped: number; waitingBytes: number; failedTries: number; sent: number };
    const counts = () =>
      Object.entries((deliveryCounts().collectors ?? {}) as Record<string, Counts>).find(([key]) =>
        key.startsWith(away.url),
      )?.[1] as Counts;
    expect(counts().waitingBytes).toBeLessThanOrEqual(100_000);
    expect(counts().dropped).toBeGreaterThan(19_000);
    expect(counts().failedTries).toBeGreaterThan(0);
    away.status = 200;
    await flush(3000);
    const messages = away.logs.map((line) => String(line.msg));
    expect(messages).toContain('line 19999');
    expect(messages.some((message) => /^\d+ records of @meshscope\/sdk were lost$/.test(message))).toBe(true);
    expect(counts().sent + counts().dropped).toBe(20_000);
    await away.stop();
  });

  it('keeps what a hanging collector does not take', async () => {
    const slow = await RecordingCollector.start();
    slow.delayMillis = 600_000;
    const log = new AgentLogger('hang', { url: slow.url, stderr: false, flushMillis: 5 });
    log.info('first');
    await flush(200);
    expect(slow.logs).toEqual([]);
    await slow.stop();
  });
});

describe('a process of its own', () => {
  const program = (text: string) => `
    import { AgentLogger, instrument, flush } from '${join(import.meta.dirname, '../dist/esm/index.js')}';
    const log = new AgentLogger('child');
    ${text}`;
  const run = (text: string, url: string) =>
    new Promise<{ code: number | null; stdout: string; stderr: string; millis: number }>((resolve) => {
      const begin = performance.now();
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(text)], { env: { ...process.env, MESHSCOPE_URL: url } });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => {
        stdout += String(chunk);
      });
      child.stderr.on('data', (chunk) => {
        stderr += String(chunk);
      });
      child.on('close', (code) => resolve({ code, stdout, stderr, millis: performance.now() - begin }));
    });

  it('delivers what waits when it ends by itself, and writes nothing to standard output', async () => {
    const { code, stdout, stderr } = await run(`log.info('bye'); log.countThenLog('counted', {}, { by: 4 });`, collector.url);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(collector.logs.map((line) => [line.msg, line.count])).toEqual([
      ['bye', undefined],
      ['counted', 4],
    ]);
  });

  it('does not stay for a collector that is not there', async () => {
    const { code, millis } = await run(`log.info('bye');`, 'http://127.0.0.1:1');
    expect(code).toBe(0);
    expect(millis).toBeLessThan(15_000);
  });

  it.each([
    ['an error', `setTimeout(() => { throw new RangeError('nobody caught it'); }, 5)`, 'uncaughtException'],
    ['a rejection', `Promise.reject(new RangeError('nobody caught it'))`, 'unhandledRejection'],
  ])('logs %s that nobody caught, delivers it and dies as it would have', async (_name, act, origin) => {
    const { code, stderr } = await run(`log.captureUncaught(); log.info('before'); ${act};`, collector.url);
    expect(code).toBe(1);
    expect(stderr).toContain('RangeError: nobody caught it');
    const last = collector.logs.at(-1) as Line | undefined;
    expect(last).toMatchObject({
      level: 'CRITICAL',
      msg: 'Unhandled exception',
      origin,
      exception: { type: 'RangeError', message: 'nobody caught it' },
    });
    expect(collector.logs.map((line) => line.msg)).toContain('before');
  });
});
