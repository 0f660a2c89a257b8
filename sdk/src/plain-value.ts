/** Limits of what is kept of one value that a program logs; lengths in UTF-16 units. */
export type ValueLimits = Readonly<{ maxDepth: number; maxText: number; maxNodes: number }>;

export const defaultLimits: ValueLimits = { maxDepth: 24, maxText: 32_768, maxNodes: 10_000 };

/** Decides about members and texts on their way out. `path` is kept only when `wantsPaths`, because building it costs. */
export type ValueFilter = Readonly<{
  wantsPaths: boolean;
  hides: (key: string, path: readonly string[], value: unknown) => boolean;
  text: (text: string) => string;
  mark: string;
}>;

type Walk = {
  readonly filter: ValueFilter;
  readonly limits: ValueLimits;
  nodes: number;
  readonly trail: object[];
  readonly path: string[];
};

/**
 * A copy that JSON can write, whatever it is given: cycles, big integers, errors, maps, members that throw, deep and huge values. It takes
 * out what the filter hides on the way, so that nothing is copied first and looked at later.
 */
export function plainValue(value: unknown, filter: ValueFilter, limits: ValueLimits = defaultLimits): unknown {
  return copy(value, { filter, limits, nodes: 0, trail: [], path: [] });
}

function copy(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return walk.filter.text(
        value.length > walk.limits.maxText ? `${value.slice(0, walk.limits.maxText)}… (${value.length} characters)` : value,
      );
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : copyObject(value, walk);
    default:
      return undefined;
  }
}

function copyObject(value: object, walk: Walk): unknown {
  walk.nodes += 1;
  if (walk.nodes > walk.limits.maxNodes) return '[too large]';
  if (walk.trail.length >= walk.limits.maxDepth) return '[too deep]';
  if (walk.trail.includes(value)) return '[circular]';
  walk.trail.push(value);
  try {
    return copyKnown(value, walk);
  } catch (error) {
    return `[unreadable: ${error instanceof Error ? error.name : typeof error}]`;
  } finally {
    walk.trail.pop();
  }
}

function copyKnown(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return copyList(value, walk);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error) return copyMembers(errorMembers(value), walk);
  if (value instanceof Map)
    return copyMembers(
      [...value].map(([key, item]) => [String(key), item]),
      walk,
    );
  if (value instanceof Set) return copyList([...value], walk);
  if (value instanceof RegExp || value instanceof URL) return walk.filter.text(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return copy((value as { toJSON: () => unknown }).toJSON(), walk);
  return copyMembers(lazyMembers(value), walk);
}

function copyList(list: readonly unknown[], walk: Walk): unknown[] {
  const result: unknown[] = [];
  for (let index = 0; index < list.length; index += 1) {
    if (walk.nodes > walk.limits.maxNodes) {
      result.push(`[${list.length - index} more]`);
      break;
    }
    walk.nodes += 1;
    result.push(copyMember(String(index), list[index], walk) ?? null);
  }
  return result;
}

function copyMembers(members: Iterable<readonly [string, unknown]>, walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, item] of members) {
    walk.nodes += 1;
    if (walk.nodes > walk.limits.maxNodes) break;
    const kept = copyMember(key, item, walk);
    if (kept !== undefined) putMember(result, key, kept);
  }
  return result;
}

function copyMember(key: string, item: unknown, walk: Walk): unknown {
  const { filter, path } = walk;
  if (!filter.wantsPaths) return filter.hides(key, path, item) ? filter.mark : copy(item, walk);
  path.push(key);
  try {
    return filter.hides(key, path, item) ? filter.mark : copy(item, walk);
  } finally {
    path.pop();
  }
}

/** Members of an object whose getters, or which itself, may throw. */
export function* lazyMembers(value: object): Generator<readonly [string, unknown]> {
  let keys: readonly string[];
  try {
    keys = Object.keys(value);
  } catch (error) {
    yield ['unreadable', errorType(error)];
    return;
  }
  for (const key of keys) {
    let item: unknown;
    try {
      item = (value as Record<string, unknown>)[key];
    } catch (error) {
      item = `[unreadable: ${error instanceof Error ? error.name : typeof error}]`;
    }
    yield [key, item];
  }
}

/** Puts a member into an object, also one whose name would change the object's prototype when assigned. */
export function putMember(into: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

function errorMembers(error: Error): (readonly [string, unknown])[] {
  const own = Object.entries(error).filter(([key]) => key !== 'name' && key !== 'message' && key !== 'stack');
  const cause: [string, unknown][] = error.cause === undefined ? [] : [['cause', error.cause]];
  return [['type', errorType(error)], ['message', error.message], ['stack', error.stack], ...own, ...cause];
}

/** Class of an error, as OpenTelemetry's `error.type` and the page's `exception.type` have it. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return error.name !== 'Error' && error.name !== '' ? error.name : (error.constructor?.name ?? 'Error');
}
