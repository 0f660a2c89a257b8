import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { encode } from '@msgpack/msgpack';
import type { ForwardUser } from './forward-options.ts';
import { HeaderReader } from './msgpack-header.ts';
import { endOfValue } from './value-scanner.ts';

/** A PING is a few hundred bytes. Until it came, a peer gets no more memory than this. */
export const maxPingBytes = 16_384;

export type HandshakeResult = Readonly<{ pong: Uint8Array; refused?: string }>;

type Bytes = Uint8Array | string;

function digest(...parts: readonly Bytes[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Equal in constant time, whatever the lengths. */
function isSame(a: Bytes, b: Bytes): boolean {
  const hash = (value: Bytes) => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** The six strings of `["PING", hostname, salt, digest, username, password digest]`, or undefined. */
function readPing(message: Buffer): Buffer[] | undefined {
  const header = new HeaderReader();
  if (header.read(message, 0, message.length) !== 'array' || header.count !== 6) return undefined;
  const strings: Buffer[] = [];
  for (let at = header.body; strings.length < 6; at = endOfValue(message, at, message.length)) {
    const kind = header.read(message, at, message.length);
    if (kind !== 'string' && kind !== 'binary') return undefined;
    strings.push(message.subarray(header.body, header.body + header.size));
  }
  return strings[0]?.toString() === 'PING' ? strings : undefined;
}

/** The server's side of the handshake of one connection (Forward protocol v1, "Handshake Messages"). */
export class Handshake {
  readonly #sharedKey: string;
  readonly #selfHostname: string;
  readonly #users: readonly ForwardUser[];
  /** New for each connection, so that a PING that was overheard is worth nothing. */
  readonly #nonce = randomBytes(16);
  readonly #userSalt = randomBytes(16);

  constructor(options: Readonly<{ sharedKey: string; selfHostname: string; users: readonly ForwardUser[] }>) {
    this.#sharedKey = options.sharedKey;
    this.#selfHostname = options.selfHostname;
    this.#users = options.users;
  }

  hello(): Uint8Array {
    const auth = this.#users.length > 0 ? this.#userSalt : '';
    return encode(['HELO', { nonce: this.#nonce, auth, keepalive: true }]);
  }

  answer(message: Buffer): HandshakeResult {
    const refusal = (reason: string) => ({ pong: encode(['PONG', false, reason, '', '']), refused: reason });
    const ping = readPing(message);
    if (!ping) return refusal('invalid ping message');
    const [, clientHostname, salt, keyDigest, username, passwordDigest] = ping as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
    if (!isSame(keyDigest, digest(salt, clientHostname, this.#nonce, this.#sharedKey))) return refusal('shared_key mismatch');
    if (this.#users.length > 0 && !this.#knows(username, passwordDigest)) return refusal('username/password mismatch');
    return { pong: encode(['PONG', true, '', this.#selfHostname, digest(salt, this.#selfHostname, this.#nonce, this.#sharedKey)]) };
  }

  /** Looks at every user, so that the time says nothing about which names exist. */
  #knows(username: Buffer, passwordDigest: Buffer): boolean {
    let known = false;
    for (const user of this.#users) {
      const matches = isSame(passwordDigest, digest(this.#userSalt, username, user.password));
      if (isSame(username, user.username) && matches) known = true;
    }
    return known;
  }
}
