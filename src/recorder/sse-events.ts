import { StringDecoder } from 'node:string_decoder';

export type SseEvent = Readonly<{ name: string; data: string; id: string | undefined }>;

/**
 * Cuts a stream of server-sent events (WHATWG HTML, section 9.2) into events; comments and events without data, or with empty data, are left out. An
 * event of more than `limit` characters is left out too.
 */
export class SseEvents {
  readonly #decoder = new StringDecoder('utf8');
  readonly #limit: number;
  readonly #onEvent: (event: SseEvent) => void;
  #rest = '';
  #name = '';
  #data: string[] = [];
  #size = 0;
  #id: string | undefined;

  constructor(limit: number, onEvent: (event: SseEvent) => void) {
    this.#limit = limit;
    this.#onEvent = onEvent;
  }

  push(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk);
    // A carriage return at the end may be the first half of a line end.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\r|\n/);
    this.#rest = `${lines.pop() ?? ''}${text.slice(whole.length)}`;
    if (this.#rest.length > this.#limit) {
      this.#size = Number.POSITIVE_INFINITY;
      this.#rest = '';
    }
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') {
      // Empty data primes a client with an id to resume from (MCP 2025-11-25).
      if (this.#data.some((part) => part !== '') && this.#size <= this.#limit)
        this.#onEvent({ name: this.#name || 'message', data: this.#data.join('\n'), id: this.#id });
      this.#name = '';
      this.#data = [];
      this.#size = 0;
      return;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'event') this.#name = value;
    else if (field === 'id') this.#id = value;
    else if (field === 'data') {
      this.#size += value.length;
      if (this.#size <= this.#limit) this.#data.push(value);
    }
  }
}
