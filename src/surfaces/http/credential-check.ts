import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Checks an `Authorization` header; `where` names the request in the reason. The result tells why the credentials do not do;
 * undefined: they do, or none are configured.
 */
export type CredentialCheck = (authorization: string | undefined, where: string) => string | undefined;

export function createCredentialCheck(username: string, password: string): CredentialCheck {
  if (username === '') return () => undefined;
  // Digests have one length, so that the comparison takes the same time for every guess.
  const expected = digest(`${username}:${password}`);
  return (authorization, where) => {
    if (authorization === undefined) return `missing authentication credentials for ${where}`;
    const [, scheme = '', token = ''] = /^(\S*)\s*(.*)$/s.exec(authorization) ?? [];
    if (scheme.toLowerCase() !== 'basic') return `unsupported authentication scheme for ${where}: only Basic credentials are accepted`;
    const given = Buffer.from(token, 'base64').toString('utf8');
    if (timingSafeEqual(digest(given), expected)) return undefined;
    return `unable to authenticate user [${(given.split(':')[0] as string).slice(0, 100)}] for ${where}`;
  };
}
