/** Bytes of a message as JSON without spaces, which is what transports send; undefined for what they could not send either. */
export function messageBytes(message: unknown): number | undefined {
  try {
    return Buffer.byteLength(JSON.stringify(message));
  } catch {
    return undefined;
  }
}
