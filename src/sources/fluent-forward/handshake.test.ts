import { createHash } from 'node:crypto';
import { decode, encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { Handshake } from './handshake.ts';

const users = [
  { username: 'other', password: 'word' },
  { username: 'agent', password: 'pass' },
];
const sha512 = (...parts: (string | Uint8Array)[]) =>
  createHash('sha512')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest('hex');

type Hello = { nonce: Uint8Array; auth: Uint8Array; keepalive: boolean };

function greet(withUsers = users): { handshake: Handshake; hello: Hello } {
  const handshake = new Handshake({ sharedKey: 'key', selfHostname: 'server', users: withUsers });
  const [name, hello] = decode(handshake.hello()) as [string, Hello];
  expect(name).toBe('HELO');
  return { handshake, hello };
}

const ping = ({ nonce, auth }: Hello, { key = 'key', username = 'agent', password = 'pass' } = {}) => [
  'PING',
  'client',
  'salt',
  sha512('salt', 'client', nonce, key),
  username,
  sha512(auth, username, password),
];

function answer(handshake: Handshake, message: unknown) {
  const { pong, refused } = handshake.answer(Buffer.from(encode(message)));
  return { pong: decode(pong), refused };
}

describe('Handshake', () => {
  it('accepts the key and a user, and proves that it knows the key too', () => {
    const { handshake, hello } = greet();
    expect(hello).toMatchObject({ keepalive: true, nonce: { length: 16 }, auth: { length: 16 } });
    expect(answer(handshake, ping(hello))).toEqual({ pong: ['PONG', true, '', 'server', sha512('salt', 'server', hello.nonce, 'key')] });
  });

  it('asks for no user when there are none', () => {
    const { handshake, hello } = greet([]);
    expect(hello.auth).toBe('');
    expect(answer(handshake, ['PING', 'client', 'salt', sha512('salt', 'client', hello.nonce, 'key'), '', '']).refused).toBeUndefined();
  });

  it('takes salts of bytes, as Ruby sends them', () => {
    const { handshake, hello } = greet([]);
    const salt = new Uint8Array([0xff, 0x00, 0xfe]);
    expect(answer(handshake, ['PING', 'client', salt, sha512(salt, 'client', hello.nonce, 'key'), '', '']).refused).toBeUndefined();
  });

  it('takes salts of bytes that are called a string, as Fluent Bit sends them', () => {
    const { handshake, hello } = greet([]);
    const salt = Buffer.from('ff00fe80808080808080808080808080', 'hex');
    const strings = ['client', '', sha512(salt, 'client', hello.nonce, 'key'), '', ''].map((text) => encode(text));
    strings[1] = Buffer.concat([Buffer.from([0xa0 + salt.length]), salt]);
    const { pong, refused } = handshake.answer(Buffer.concat([Buffer.from([0x96]), encode('PING'), ...strings]));
    expect(refused).toBeUndefined();
    expect(decode(pong)).toEqual(['PONG', true, '', 'server', sha512(salt, 'server', hello.nonce, 'key')]);
  });

  it.each<[string, (hello: Hello) => unknown, string]>([
    ['a wrong key', (hello) => ping(hello, { key: 'guess' }), 'shared_key mismatch'],
    ['an empty key', (hello) => ping(hello, { key: '' }), 'shared_key mismatch'],
    ['a digest of another length', (hello) => ping(hello).with(3, ''), 'shared_key mismatch'],
    ['a wrong password', (hello) => ping(hello, { password: 'guess' }), 'username/password mismatch'],
    ["another user's password", (hello) => ping(hello, { password: 'word' }), 'username/password mismatch'],
    ['an unknown user', (hello) => ping(hello, { username: 'root' }), 'username/password mismatch'],
    ['an event', () => ['app', 1, {}], 'invalid ping message'],
    ['numbers for strings', () => ['PING', 1, 2, 3, 4, 5], 'invalid ping message'],
    ['another name', (hello) => ping(hello).with(0, 'PONG'), 'invalid ping message'],
    ['too few elements', () => ['PING', 'client'], 'invalid ping message'],
    ['too many elements', (hello) => [...ping(hello), ''], 'invalid ping message'],
    ['nil', () => null, 'invalid ping message'],
  ])('refuses %s', (_, message, reason) => {
    const { handshake, hello } = greet();
    expect(answer(handshake, message(hello))).toEqual({ pong: ['PONG', false, reason, '', ''], refused: reason });
  });

  it('never gives the same nonce again', () => {
    expect(new Set(Array.from({ length: 50 }, () => Buffer.from(greet().hello.nonce).toString('hex'))).size).toBe(50);
  });
});
