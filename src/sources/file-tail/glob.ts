import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../lib/errors.ts';

/** `a/{b,c}*.log` after its alternatives are written out: the parts of each path, as text or as a pattern. */
type Segment = string | RegExp | typeof anyDepth;
const anyDepth = Symbol('any depth');
const maxAlternatives = 1000;
const maxDepth = 64;

export type Glob = Readonly<{ alternatives: readonly (readonly Segment[])[] }>;

/**
 * Reads a glob: `*` and `?` within a name, `**` over folders, `[a-z]`, `[!a]`, `{a,b}`. `*` does not match a leading dot.
 * Relative globs are taken from the working folder. Throws `bad_config` when the braces stand for too many paths.
 */
export function parseGlob(glob: string): Glob {
  const alternatives = expandBraces(resolve(glob)).map((path) => path.split('/').slice(1).map(readSegment));
  return { alternatives };
}

/** An exclude: as `parseGlob`, but a pattern without a slash or that begins with `**` matches in any folder. */
export function parseExclude(pattern: string): Glob {
  return parseGlob(pattern.includes('/') ? (pattern.startsWith('**') ? `/${pattern}` : pattern) : `/**/${pattern}`);
}

export function matchesGlob(glob: Glob, path: string): boolean {
  const names = path.split('/').slice(1);
  return glob.alternatives.some((segments) => matchesNames(segments, names));
}

function matchesNames(segments: readonly Segment[], names: readonly string[]): boolean {
  // `reachable[i]`: the names so far can be matched by the first i segments.
  let reachable = closure(segments, [true]);
  for (const name of names) {
    const next: boolean[] = [];
    segments.forEach((segment, at) => {
      if (reachable[at] !== true) return;
      if (segment === anyDepth) next[at] = true;
      else if (matchesName(segment, name)) next[at + 1] = true;
    });
    reachable = closure(segments, next);
  }
  return reachable[segments.length] === true;
}

/** `**` matches no folder at all, too. */
function closure(segments: readonly Segment[], reachable: boolean[]): boolean[] {
  segments.forEach((segment, at) => {
    if (segment === anyDepth && reachable[at] === true) reachable[at + 1] = true;
  });
  return reachable;
}

const matchesName = (segment: string | RegExp, name: string): boolean =>
  typeof segment === 'string' ? segment === name : segment.test(name);

/**
 * The paths that a glob stands for at the moment; a path without wildcards is among them whether or not it exists.
 * Folders reached through `**` are not followed when they are symbolic links, because those can form circles.
 * `onError` hears of folders that cannot be read, other than those that do not exist.
 */
export async function expandGlob(glob: Glob, onError: (path: string, error: unknown) => void): Promise<Set<string>> {
  const found = new Set<string>();
  const list = async (folder: string): Promise<Dirent[]> => {
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') onError(folder, error);
      return [];
    }
  };
  const walk = async (folder: string, segments: readonly Segment[], depth: number): Promise<void> => {
    const [segment, ...rest] = segments;
    if (segment === undefined || depth > maxDepth) return;
    const reach = async (name: string, mayBeFolder: boolean): Promise<void> => {
      if (rest.length === 0) found.add(join(folder, name));
      else if (mayBeFolder) await walk(join(folder, name), rest, depth + 1);
    };
    if (typeof segment === 'string') return reach(segment, true);
    const entries = await list(folder);
    if (segment === anyDepth) return walkAnyDepth(folder, segments, entries, depth);
    for (const entry of entries) {
      if (segment.test(entry.name)) await reach(entry.name, entry.isDirectory() || entry.isSymbolicLink());
    }
  };
  const walkAnyDepth = async (folder: string, segments: readonly Segment[], entries: readonly Dirent[], depth: number): Promise<void> => {
    const isLast = segments.length === 1;
    if (!isLast) await walk(folder, segments.slice(1), depth);
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) await walk(join(folder, entry.name), segments, depth + 1);
      else if (isLast) found.add(join(folder, entry.name));
    }
  };
  for (const segments of glob.alternatives) await walk('/', segments, 0);
  return found;
}

function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const group = /\{([^{}]*,[^{}]*)\}/.exec(next);
    if (group === null) done.push(next);
    else
      for (const choice of (group[1] as string).split(','))
        open.push(next.slice(0, group.index) + choice + next.slice(group.index + group[0].length));
    if (done.length + open.length > maxAlternatives) {
      throw new AppError('bad_config', `The glob ${pattern} stands for more than ${maxAlternatives} paths. Use * in place of braces.`);
    }
  }
  return done;
}

function readSegment(text: string): Segment {
  if (text === '**') return anyDepth;
  if (!/[*?[]/.test(text)) return text;
  // Runs of stars would only make the pattern slow.
  const source = text.replaceAll(
    /\*+|\?|\[(!|\^)?([^\]/]+)\]|[\\^$.|+(){}[\]]/g,
    (part, not: string | undefined, set: string | undefined) => {
      if (part.startsWith('*')) return '[^/]*';
      if (part === '?') return '[^/]';
      if (set !== undefined) return `[${not === undefined ? '' : '^'}${set.replaceAll(/[\\\][^]/g, '\\$&')}]`;
      return `\\${part}`;
    },
  );
  return new RegExp(`^${/^[*?[]/.test(text) ? '(?!\\.)' : ''}${source}$`, 's');
}
