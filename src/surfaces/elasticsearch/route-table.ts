import type { Answer } from './send-answer.ts';

type Route<Handler> = Readonly<{ handler: Handler; parameters: readonly string[] }>;

type Place<Handler> = {
  readonly byName: Map<string, Place<Handler>>;
  byParameter: Place<Handler> | undefined;
  /** By method. */
  readonly routes: Map<string, Route<Handler>>;
};

const newPlace = <Handler>(): Place<Handler> => ({ byName: new Map(), byParameter: undefined, routes: new Map() });

/**
 * The addresses of Elasticsearch's API. One is found in its segments, where a name goes before a parameter: `/_search` before `/:index`. A
 * slash at the end is ignored, and HEAD is found wherever GET is. Hundreds of routes of the HTTP framework would take a good part of a start.
 */
export class RouteTable<Handler> {
  readonly #root: Place<Handler> = newPlace();

  add(method: string, path: string, handler: Handler): void {
    const parameters: string[] = [];
    let place = this.#root;
    for (const segment of segmentsOf(path)) {
      if (segment.startsWith(':')) {
        parameters.push(segment.slice(1));
        place.byParameter ??= newPlace();
        place = place.byParameter;
        continue;
      }
      const next = place.byName.get(segment) ?? newPlace<Handler>();
      place.byName.set(segment, next);
      place = next;
    }
    place.routes.set(method, { handler, parameters });
  }

  /** `path`: percent-encoded, without a query. */
  find(method: string, path: string): Readonly<{ handler: Handler; params: ReadonlyMap<string, string> }> | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method;
    for (const { place, values } of this.#matches(path)) {
      const route = place.routes.get(wanted);
      if (route) return { handler: route.handler, params: new Map(route.parameters.map((name, at) => [name, values[at] ?? ''])) };
    }
    return undefined;
  }

  /** 405 with `Allow` when the path exists with other methods, 400 otherwise. Both have a string as `error`, as Elasticsearch's do. */
  unknown(method: string, path: string, url: string): Answer {
    const allowed = new Set([...this.#matches(path)].flatMap(({ place }) => [...place.routes.keys()]));
    if (allowed.has('GET')) allowed.add('HEAD');
    const allow = [...allowed].sort().join(', ');
    if (allowed.size === 0) return { status: 400, json: { error: `no handler found for uri [${url}] and method [${method}]` } };
    if (method === 'OPTIONS') return { text: '', headers: { Allow: allow } };
    const error = `Incorrect HTTP method for uri [${url}] and method [${method}], allowed: [${allow}]`;
    return { status: 405, headers: { Allow: allow }, json: { error, status: 405 } };
  }

  #matches(path: string): readonly Readonly<{ place: Place<Handler>; values: readonly string[] }>[] {
    let reached: { place: Place<Handler>; values: readonly string[] }[] = [{ place: this.#root, values: [] }];
    for (const segment of segmentsOf(path).map(decodeURIComponent)) {
      reached = reached.flatMap(({ place: { byName, byParameter }, values }) => {
        const named = byName.get(segment);
        return [
          ...(named ? [{ place: named, values }] : []),
          ...(byParameter && segment !== '' ? [{ place: byParameter, values: [...values, segment] }] : []),
        ];
      });
    }
    return reached;
  }
}

const segmentsOf = (path: string) => (path.length > 1 && path.endsWith('/') ? path.slice(1, -1) : path.slice(1)).split('/');
