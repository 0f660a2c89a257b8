import { describe, expect, it } from 'vitest';
import { keySlot } from './key-slot.ts';
import { parseRedisUrl } from './redis-url.ts';

describe('parseRedisUrl', () => {
  it.each([
    [
      'redis://localhost:6379',
      { kind: 'single', tls: false, nodes: [{ host: 'localhost', port: 6379 }], redacted: 'redis://localhost:6379' },
    ],
    ['redis://', { nodes: [{ host: 'localhost', port: 6379 }] }],
    ['redis://h/3', { database: 3, redacted: 'redis://h:6379/3' }],
    ['redis://:p%40ss@h', { username: '', password: 'p@ss', redacted: 'redis://:***@h:6379' }],
    [
      'REDISS://me:a@b:c@[::1]:7',
      { tls: true, username: 'me', password: 'a@b:c', nodes: [{ host: '::1', port: 7 }], redacted: 'rediss://me:***@[::1]:7' },
    ],
    ['redis://:100%@h', { password: '100%' }],
    [
      'redis-sentinel://u:p@a:1,b/mymaster?db=2&sentinelUsername=su&sentinelPassword=sp',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        master: 'mymaster',
        database: 2,
        username: 'u',
        password: 'p',
        sentinelUsername: 'su',
        sentinelPassword: 'sp',
        redacted: 'redis-sentinel://u:***@a:1,b:26379/mymaster',
      },
    ],
    [
      'rediss-cluster://a:7000,b:7001',
      {
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 7001 },
        ],
      },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['', 'is no Redis URL'],
    ['secret', 'is no Redis URL'],
    ['http://u:secret@h', 'is no Redis URL'],
    ['redis://u:secret@h:99999', 'has a host that is none'],
    ['redis://u:secret@a,b', 'has several hosts'],
    ['redis://u:secret@h/secret', 'has a database that is no number'],
    ['redis-sentinel://u:secret@h', 'not the set of servers'],
    ['redis-cluster://u:secret@h?db=1', 'which Cluster does not know'],
    ['redis://u:sec/ret@h', 'has a host that is none'],
  ])('refuses %s', (url, reason) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(reason) }));
    expect(() => parseRedisUrl(url)).not.toThrow(/secret|sec\/ret/);
  });
});

describe('keySlot', () => {
  it.each([
    ['123456789', 0x31c3],
    ['mesh:trace', keySlot('{mesh:trace}')],
    ['a{x}b', keySlot('x')],
  ])('of %s', (key, slot) => {
    expect(keySlot(key)).toBe(slot);
  });
});
