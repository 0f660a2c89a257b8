import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import { ownerOnly, publicKeyName, readIfThere, signingKeyName, writeWhole } from './audit-folder.ts';
import { sha256 } from './audit-record.ts';

export type SigningKey = Readonly<{
  /** SHA-256 of the public key (SPKI, DER), as hex. */
  id: string;
  privateKey: KeyObject;
  /** It was made by this start. */
  isNew: boolean;
}>;

/** Public keys by their ids. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

export const keyId = (publicKey: KeyObject): string => sha256(publicKey.export({ type: 'spki', format: 'der' }));

const pemBlock = /-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----/g;

/** All Ed25519 keys in a PEM text. Throws `AppError` `bad_request` when a block is none. */
export function readPublicKeys(pem: string): PublicKeys {
  const keys = [...pem.matchAll(pemBlock)].map(([block]) => parseKey(() => createPublicKey(block), 'A public key'));
  return new Map(keys.map((key) => [keyId(key), key]));
}

function parseKey(parse: () => KeyObject, what: string): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch (cause) {
    throw new AppError('bad_request', `${what} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new AppError('bad_request', `${what} is not of the kind Ed25519.`);
  return key;
}

/** The folder's signing key, made when there is none. The public key is added to `public-key.pem`, where those of lost signing keys stay. */
export async function openSigningKey(folder: string, onTrouble: (line: string) => void): Promise<SigningKey> {
  const stored = await readIfThere(join(folder, signingKeyName));
  const privateKey =
    stored === undefined
      ? generateKeyPairSync('ed25519').privateKey
      : parseKey(() => createPrivateKey(stored), join(folder, signingKeyName));
  if (stored === undefined) {
    await writeWhole(folder, signingKeyName, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), ownerOnly);
  } else {
    await closeToOthers(join(folder, signingKeyName), onTrouble);
  }
  const publicKey = createPublicKey(privateKey);
  const id = keyId(publicKey);
  const known = (await readIfThere(join(folder, publicKeyName)))?.toString() ?? '';
  if (!readPublicKeys(known).has(id)) {
    await writeWhole(folder, publicKeyName, `${known}${publicKey.export({ type: 'spki', format: 'pem' })}`, 0o644);
  }
  return { id, privateKey, isNew: stored === undefined };
}

async function closeToOthers(path: string, onTrouble: (line: string) => void): Promise<void> {
  if (((await stat(path)).mode & 0o077) === 0) return;
  onTrouble(`the audit log: others could read ${path}; its mode is 0600 again, but whoever copied the key can sign`);
  await chmod(path, ownerOnly);
}
