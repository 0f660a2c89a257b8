/** A command of Redis as the protocol's array of bulk strings (RESP 2). */
export function encodeCommand(parts: readonly string[]): string {
  let text = `*${parts.length}\r\n`;
  for (const part of parts) text += `$${Buffer.byteLength(part)}\r\n${part}\r\n`;
  return text;
}

/**
 * Counts the answers in a stream of simple strings, errors, integers and bulk strings, the only ones that the commands sent here have.
 * Answers of an unknown kind are an error of the connection.
 */
export class ReplyCounter {
  private rest = '';
  /** Characters of a bulk string, with its line end, that are still to come. Latin-1, so one character is one byte. */
  private skip = 0;

  /** Kinds of the answers that are complete now; errors as `-` with their text. Throws on what is no answer. */
  push(chunk: Buffer): readonly string[] {
    const answers: string[] = [];
    this.rest += chunk.toString('latin1');
    for (;;) {
      if (this.skip > 0) {
        const gone = Math.min(this.skip, this.rest.length);
        this.rest = this.rest.slice(gone);
        this.skip -= gone;
        if (this.skip > 0) return answers;
      }
      const end = this.rest.indexOf('\r\n');
      if (end < 0) {
        if (this.rest.length > 65_536) throw new Error('an endless line instead of an answer of Redis');
        return answers;
      }
      const line = this.rest.slice(0, end);
      this.rest = this.rest.slice(end + 2);
      const kind = line[0] ?? '';
      if (!'+-:$'.includes(kind) || kind === '') throw new Error('not an answer of Redis');
      if (kind === '$' && line !== '$-1') this.skip = Number(line.slice(1)) + 2;
      answers.push(kind === '-' ? line : kind);
    }
  }
}
