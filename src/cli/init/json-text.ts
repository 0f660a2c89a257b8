/** A value of a JSON text and where it stands in it; so that a file can be changed without touching anything else. */
export type JsonNode = Readonly<{ start: number; end: number }> &
  (
    | Readonly<{ kind: 'object'; members: ReadonlyMap<string, JsonNode> }>
    | Readonly<{ kind: 'array'; items: readonly JsonNode[] }>
    | Readonly<{ kind: 'string'; value: string }>
    | Readonly<{ kind: 'other' }>
  );

const maxDepth = 100;

/** Reads JSON with comments and trailing commas, as editors take it. Undefined for anything else. */
export function readJsonText(text: string): JsonNode | undefined {
  try {
    const reader = new JsonReader(text);
    return reader.whole();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const string = /"(?:[^"\\\n]|\\.)*"/y;
const other = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\ufeff')) this.#at = 1;
  }

  whole(): JsonNode {
    const node = this.#value(0);
    this.#match(space);
    if (this.#at !== this.#text.length) throw new SyntaxError('text after the value');
    return node;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Whether the next character, behind space and comments, is this one; then it is taken. */
  #take(character: string): boolean {
    this.#match(space);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #value(depth: number): JsonNode {
    if (depth > maxDepth) throw new SyntaxError('nested too deep');
    this.#match(space);
    const start = this.#at;
    if (this.#take('{')) {
      const members = this.#members(depth);
      return { kind: 'object', start, end: this.#at, members };
    }
    if (this.#take('[')) {
      const items: JsonNode[] = [];
      while (!this.#take(']')) {
        items.push(this.#value(depth + 1));
        if (!this.#take(',') && this.#text[this.#at] !== ']') throw new SyntaxError('no comma');
      }
      return { kind: 'array', start, end: this.#at, items };
    }
    const quoted = this.#match(string);
    if (quoted !== undefined) return { kind: 'string', start, end: this.#at, value: JSON.parse(quoted) as string };
    if (this.#match(other) === undefined) throw new SyntaxError('no value');
    return { kind: 'other', start, end: this.#at };
  }

  #members(depth: number): ReadonlyMap<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    while (!this.#take('}')) {
      const name = this.#match(string);
      if (name === undefined || !this.#take(':')) throw new SyntaxError('no member');
      members.set(JSON.parse(name) as string, this.#value(depth + 1));
      if (!this.#take(',') && this.#text[this.#at] !== '}') throw new SyntaxError('no comma');
    }
    return members;
  }
}
