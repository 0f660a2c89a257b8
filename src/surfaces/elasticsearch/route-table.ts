import type { Answer } from './send-answer.ts';

/** Remembers which methods each path has, for the answers to wrong methods and unknown addresses. */
export class RouteTable {
  readonly #paths = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  add(method: string, path: string): void {
    let entry = this.#paths.get(path);
    if (!entry) {
      const source = path.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll('.', '\\.')));
      entry = { pattern: new RegExp(`^${source.join('/')}/?$`), methods: new Set() };
      this.#paths.set(path, entry);
    }
    entry.methods.add(method);
    if (method === 'GET') entry.methods.add('HEAD');
  }

  /** 405 with `Allow` when the path exists with other methods, 400 otherwise. Both have a string as `error`, as Elasticsearch's do. */
  unknown(method: string, path: string, url: string): Answer {
    const allowed = new Set([...this.#paths.values()].filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods]));
    const allow = [...allowed].sort().join(', ');
    if (allowed.size === 0) return { status: 400, json: { error: `no handler found for uri [${url}] and method [${method}]` } };
    if (method === 'OPTIONS') return { text: '', headers: { Allow: allow } };
    const error = `Incorrect HTTP method for uri [${url}] and method [${method}], allowed: [${allow}]`;
    return { status: 405, headers: { Allow: allow }, json: { error, status: 405 } };
  }
}
