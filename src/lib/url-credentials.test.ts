import { expect, it } from 'vitest';
import { basicAuthorization, shownUrl, splitCredentials } from './url-credentials.ts';

it.each([
  ['http://localhost:4318/v1/traces', 'http://localhost:4318/v1/traces', 'http://localhost:4318/v1/traces'],
  ['http://me:hunter2@h:4318/p', 'http://h:4318/p', 'http://***@h:4318/p'],
  ['me:hunter2@h:4318', 'h:4318', '***@h:4318'],
  ['redis://:hunter2@h', 'redis://h', 'redis://***@h'],
  ['redis://me:p@hunter2@h', 'redis://h', 'redis://***@h'],
  ['redis://me:p/hunter2@h/1', 'redis://h/1', 'redis://***@h/1'],
  ['redis://me:6/hunter2@h/1', 'redis://h/1', 'redis://***@h/1'],
  ['redis://me:p?hunter2#x@h/1', 'redis://h/1', 'redis://***@h/1'],
  ['redis://me:a://hunter2@h', 'redis://h', 'redis://***@h'],
  ['redis://me:hunter\n2@h', 'redis://h', 'redis://***@h'],
  ['redis-sentinel://a:1,b:2/set?sentinelPassword=hunter2', 'redis-sentinel://a:1,b:2/set', 'redis-sentinel://a:1,b:2/set?***'],
  ['HTTPS://me:hunter2@h?key=hunter2#x', 'HTTPS://h', 'HTTPS://***@h?***'],
  // Which of the two it is cannot be told; rather too little is shown.
  ['http://h/p?mail=hunter2@x', 'http://x', 'http://***@x'],
  ['http://me:hunter2@', 'http://', 'http://***@'],
  ['', '', ''],
])('shows %j without secrets', (text, shown, masked) => {
  expect(shownUrl(text)).toBe(shown);
  expect(shownUrl(text, '***')).toBe(masked);
  expect(shown + masked).not.toContain('hunter2');
});

it.each([
  ['http://h/p?q=1', undefined, 'http://h/p?q=1'],
  ['http://me@h/', 'me:', 'http://h/'],
  ['http://m%40e:p%3Aw%2F@h/', 'm@e:p:w/', 'http://h/'],
  ['http://me:100%@h/', 'me:100%', 'http://h/'],
])('splits %s', (text, user, plain) => {
  const split = splitCredentials(new URL(text));
  expect([split.user, split.url.href]).toEqual([user, plain]);
});

it('makes the header of the basic scheme', () => {
  expect(basicAuthorization('Aladdin:open sesame')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
});
