import type { Answer } from './send-answer.ts';

type Route<Handler> = Readonly<{ handler: Handler; names: readonly string[] }>;

/** `undecided`: where any segment leads, if none of the `fixed` ones does. */
type Node<Handler> = { fixed: Map<string, Node<Handler>>; undecided: Node<Handler> | undefined; routes: Map<string, Route<Handler>> };

const newNode = <Handler>(): Node<Handler> => ({ fixed: new Map(), undecided: undefined, routes: new Map() });

/**
 * The addresses of Elasticsearch's API. One is found in its segments, where a name goes before a parameter: `/_search` before `/:index`. A
 * slash at the end is ignored, and HEAD is found wherever GET is. Hundreds of routes of the HTTP framework would take a good part of a start.
 */
export class RouteTable<Handler> {
  readonly #root: Node<Handler> = newNode();

  add(method: string, path: string, handler: Handler): void {
    const names: string[] = [];
    let node = this.#root;
    for (const segment of segmentsOf(path)) {
      if (segment.startsWith(':')) {
        names.push(segment.slice(1));
        node.undecided ??= newNode();
        node = node.undecided;
        continue;
      }
      const next = node.fixed.get(segment) ?? newNode<Handler>();
      node.fixed.set(segment, next);
      node = next;
    }
    node.routes.set(method, { handler, names });
  }

  /** `path`: percent-encoded, without a query. */
  find(method: string, path: string): Readonly<{ handler: Handler; params: ReadonlyMap<string, string> }> | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method;
    for (const { node, values } of this.#matches(path)) {
      const route = node.routes.get(wanted);
      if (route) return { handler: route.handler, params: new Map(route.names.map((name, at) => [name, values[at] ?? ''])) };
    }
    return undefined;
  }

  /** 405 with `Allow` when the path exists with other methods, 400 otherwise. Both have a string as `error`, as Elasticsearch's do. */
  unknown(method: string, path: string, url: string): Answer {
    const allowed = new Set([...this.#matches(path)].flatMap(({ node }) => [...node.routes.keys()]));
    if (allowed.has('GET')) allowed.add('HEAD');
    const allow = [...allowed].sort().join(', ');
    if (allowed.size === 0) return { status: 400, json: { error: `no handler found for uri [${url}] and method [${method}]` } };
    if (method === 'OPTIONS') return { text: '', headers: { Allow: allow } };
    const error = `Incorrect HTTP method for uri [${url}] and method [${method}], allowed: [${allow}]`;
    return { status: 405, headers: { Allow: allow }, json: { error, status: 405 } };
  }

  #matches(path: string): readonly Readonly<{ node: Node<Handler>; values: readonly string[] }>[] {
    let reached: { node: Node<Handler>; values: readonly string[] }[] = [{ node: this.#root, values: [] }];
    for (const segment of segmentsOf(path).map(decodeURIComponent)) {
      reached = reached.flatMap(({ node, values }) => {
        const fixed = node.fixed.get(segment);
        return [
          ...(fixed ? [{ node: fixed, values }] : []),
          ...(node.undecided && segment !== '' ? [{ node: node.undecided, values: [...values, segment] }] : []),
        ];
      });
    }
    return reached;
  }
}

const segmentsOf = (path: string) => (path.length > 1 && path.endsWith('/') ? path.slice(1, -1) : path.slice(1)).split('/');
