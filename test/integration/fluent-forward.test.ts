import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { EventTime, FluentClient, type FluentClientOptions, FluentSocketEvent } from '@fluent-org/logger';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import type { LogBatch } from '../../src/model/ingest.ts';
import type { ForwardOptions } from '../../src/sources/fluent-forward/forward-options.ts';
import { type FluentForward, startFluentForward } from '../../src/sources/fluent-forward/start-fluent-forward.ts';

type Collected = { source: FluentForward; documents: Record<string, unknown>[]; errors: string[]; refuse: (times: number) => void };

const opened: FluentForward[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((source) => source.close()));
});

async function collecting(options: Partial<ForwardOptions> = {}): Promise<Collected> {
  const documents: Record<string, unknown>[] = [];
  const errors: string[] = [];
  let refusals = 0;
  const source = await startFluentForward({
    host: '127.0.0.1',
    port: 0,
    index: 'mcp-mesh-logs-forward',
    selfHostname: 'meshscope.test',
    retryMillis: 20,
    onError: (line) => errors.push(line),
    ingest: async (batch: LogBatch) => {
      if (refusals-- > 0) throw new AppError('journal_full', 'full');
      documents.push(...batch.documents.map((document) => JSON.parse(Buffer.from(document).toString()) as Record<string, unknown>));
      return { accepted: batch.documents.length, deadLettered: batch.deadLetters?.length ?? 0 };
    },
    ...options,
  });
  opened.push(source);
  return { source, documents, errors, refuse: (times) => (refusals = times) };
}

function client(port: number, options: FluentClientOptions = {}): FluentClient {
  return new FluentClient('agents', {
    socket: { host: '127.0.0.1', port, timeout: 5_000 },
    ack: { ackTimeout: 10_000 },
    ...options,
  });
}

describe('@fluent-org/logger', () => {
  const modes = ['Message', 'Forward', 'PackedForward', 'CompressedPackedForward'] as const;

  it.each(modes)('delivers in %s mode and gets its acknowledgements', async (eventMode) => {
    const { source, documents, errors } = await collecting();
    const logger = client(source.port, { eventMode, milliseconds: true });
    const time = new EventTime(1_795_168_800, 123_456_789);
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        logger.emit('search', { n, msg: `héllo ${n}`, service: { name: 'agent' }, items: [1, 'a', null] }, time),
      ),
    );
    await logger.disconnect();
    expect(errors).toEqual([]);
    expect(documents.map((document) => document.n).sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(documents.find((document) => document.n === 7)).toEqual({
      n: 7,
      msg: 'héllo 7',
      service: { name: 'agent' },
      items: [1, 'a', null],
      '@timestamp': '2026-11-20T10:00:00.123456789Z',
      tag: 'agents.search',
    });
    expect(source.stats()).toMatchObject({ accepted: 200, deadLettered: 0, lost: 0 });
  });

  it('passes the shared-key handshake with a user', async () => {
    const { source, documents } = await collecting({ sharedKey: 'secret', users: [{ username: 'agent', password: 'pass' }] });
    const logger = client(source.port, {
      security: { clientHostname: 'agent.test', sharedKey: 'secret', username: 'agent', password: 'pass' },
    });
    await logger.emit('auth', { msg: 'let me in' });
    await logger.disconnect();
    expect(documents).toMatchObject([{ msg: 'let me in', tag: 'agents.auth' }]);
  });

  it.each([
    ['a wrong key', { sharedKey: 'guess', username: 'agent', password: 'pass' }, 'shared_key mismatch'],
    ['a wrong password', { sharedKey: 'secret', username: 'agent', password: 'guess' }, 'username/password mismatch'],
    ['an unknown user', { sharedKey: 'secret', username: 'root', password: 'pass' }, 'username/password mismatch'],
  ])('is refused with %s', async (_, security, reason) => {
    const { source, documents, errors } = await collecting({ sharedKey: 'secret', users: [{ username: 'agent', password: 'pass' }] });
    const logger = client(source.port, { security: { clientHostname: 'agent.test', ...security } });
    const told: Error[] = [];
    logger.socketOn(FluentSocketEvent.ERROR, (error: Error) => told.push(error));
    // The client keeps the event for a connection that it is never given.
    const emitted = logger.emit('auth', { msg: 'let me in' }).then(() => 'sent');
    await expect.poll(() => errors.length).toBe(1);
    await expect.poll(() => told.map(String).join()).toContain(reason);
    expect(await Promise.race([emitted, 'kept'])).toBe('kept');
    expect(errors[0]).toContain(reason);
    expect(documents).toEqual([]);
  });

  it('waits while the journal is full, and loses and doubles nothing', async () => {
    const { source, documents, refuse } = await collecting();
    refuse(4);
    const logger = client(source.port, { eventMode: 'PackedForward' });
    await Promise.all(Array.from({ length: 20 }, (_, n) => logger.emit('slow', { n })));
    await logger.disconnect();
    expect(documents.map((document) => document.n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(source.stats().retries).toBe(4);
  });
});

const python = '/usr/bin/python3';
const hasPythonLogger = existsSync('/usr/lib/python3/dist-packages/fluent/sender.py');

describe.skipIf(!hasPythonLogger)("Debian's python3-fluent-logger", () => {
  it('delivers, without asking for acknowledgements', async () => {
    const { source, documents } = await collecting();
    const script = `
from fluent import sender
logger = sender.FluentSender('agents', host='127.0.0.1', port=${source.port}, nanosecond_precision=True)
for n in range(500):
    assert logger.emit('python', {'n': n, 'big': 2**63 + n, 'text': 'gr\\u00fc\\u00dfe', 'host': '${hostname()}'})
logger.close()
`;
    await promisify(execFile)(python, ['-c', script]);
    await expect.poll(() => documents.length).toBe(500);
    expect(documents[499]).toMatchObject({ n: 499, text: 'grüße', tag: 'agents.python' });
    expect(documents[499]?.['@timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  });
});
