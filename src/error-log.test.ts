import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { createErrorLog } from './error-log.ts';
import { AppError } from './lib/errors.ts';

it('tells the operator what an answer of 500 does not, once', async () => {
  const lines: string[] = [];
  const app = Fastify({ loggerInstance: createErrorLog((line) => lines.push(line)) });
  const failures: readonly unknown[] = [
    new TypeError('no such thing'),
    new AppError('store_failed', 'the engine answered: no'),
    new AppError('shutting_down', 'soon'),
    'text',
    AbortSignal.abort().reason,
  ];
  app.get('/:at', async (request) => {
    request.log.error(failures[Number((request.params as { at: string }).at)]);
    return {};
  });
  for (const at of [0, 0, 1, 2, 3, 4]) await app.inject(`/${at}`);
  expect(lines).toEqual([
    expect.stringMatching(/^a defect, please report it: TypeError: no such thing\n {4}at /),
    'a request failed: the engine answered: no',
  ]);
});
