import { expect, it } from 'vitest';
import { RecordingCollector } from '../test/recording-collector.ts';
import { authorizationOf } from './credentials.ts';
import { post } from './post.ts';

it.each([
  ['http://h/', undefined],
  ['http://Aladdin:open%20sesame@h/', 'Aladdin:open sesame'],
  ['http://me:100%@h/', 'me:100%'],
  ['http://m%40e@h/', 'm@e:'],
])('of %s', (url, credentials) => {
  const authorization = authorizationOf(new URL(url));
  expect(authorization).toBe(credentials && `Basic ${Buffer.from(credentials).toString('base64')}`);
});

it('delivers with a password that is no escape', async () => {
  const collector = await RecordingCollector.start();
  const url = new URL(collector.url.replace('://', '://me:100%@'));
  expect((await post(url, '/x', 'text/plain', 'a', 2000, true)).status).toBe(200);
  await collector.stop();
});
