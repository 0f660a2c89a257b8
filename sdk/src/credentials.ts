/** Percent-decodes a part of a URL. A percent sign that begins no escape stands for itself. */
export function decodedPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The header `Authorization` for the user and the password of a URL, if it has any. */
export function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '') return undefined;
  return `Basic ${Buffer.from(`${decodedPart(username)}:${decodedPart(password)}`).toString('base64')}`;
}
