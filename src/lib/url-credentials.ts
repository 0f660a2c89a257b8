/**
 * A URL as people may see it: what stands before its last `@`, its query and its fragment may hold secrets, and are replaced by `mask`, or left out
 * when that is empty. For texts that nobody has checked: a parser would end the host at a slash of the password.
 */
export function shownUrl(text: string, mask = ''): string {
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(text)?.[0] ?? '';
  const at = text.lastIndexOf('@');
  const rest = at < scheme.length ? text.slice(scheme.length) : text.slice(at + 1);
  const place = rest.split(/[?#]/, 1)[0] as string;
  const user = at < scheme.length || mask === '' ? '' : `${mask}@`;
  const query = place.length === rest.length || mask === '' ? '' : `?${mask}`;
  return `${scheme}${user}${place}${query}`;
}

/** Percent-decodes a part of a URL. A percent sign that begins no escape stands for itself. */
export function decodeUrlPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `user` is `NAME:PASSWORD`. */
export const basicAuthorization = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`;

/** The URL without the credentials in it, with which `fetch` refuses it, and these as `NAME:PASSWORD`. */
export function splitCredentials(url: URL): Readonly<{ url: URL; user: string | undefined }> {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return { url: plain, user: url.username === '' ? undefined : `${decodeUrlPart(url.username)}:${decodeUrlPart(url.password)}` };
}
