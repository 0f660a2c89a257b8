import { randomUUID } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { createLineAssembler, type LineAssembler } from '../../model/line/line-assembler.ts';
import { type Enrichment, fileFields } from './container-path.ts';
import type { FileTailLog } from './delivery.ts';
import { type Content, FollowedFile, toState } from './followed-file.ts';
import { expandGlob, type Glob, matchesGlob } from './glob.ts';
import { FilesMovedError, isMissing, undefinedIfMissing } from './missing.ts';
import type { Position, Positions } from './positions.ts';
import { findSiblings, holdsContent, isRotatedName, type Sibling } from './rotated-file.ts';

export type FollowOptions = Readonly<{
  globs: readonly Glob[];
  excludes: readonly Glob[];
  readFrom: 'head' | 'tail';
  enrich: Enrichment;
  multiline: boolean;
  log: FileTailLog;
}>;

export type FollowCounts = { rotations: number; truncations: number; lost: number; unreadable: number };

/** File times lag behind the clock by up to a tick of the kernel. */
const clockSlackMillis = 20;
const forgetMillis = 7 * 86_400_000;
/** Bounds what is remembered of paths that were reported, or that are gone. */
const maxRemembered = 10_000;

/** Which files are open, and how new and rotated ones are found. */
export class FollowedFiles {
  readonly open = new Map<string, FollowedFile>();
  readonly counts: FollowCounts = { rotations: 0, truncations: 0, lost: 0, unreadable: 0 };
  readonly #options: FollowOptions;
  readonly #positions: Positions;
  /** Files that were closed after they were renamed and read to the end, with their size. */
  readonly #closed = new Map<string, number>();
  /** Paths whose file was renamed or replaced, with what they held, until `settle`. */
  readonly #left = new Map<string, Left>();
  /** Identities that the last look at all paths met. */
  readonly #seen = new Set<string>();
  readonly #reported = new Set<string>();
  #lastSeenMillis = Number.NEGATIVE_INFINITY;
  /** Paths that an earlier run followed: what is new there is read from its head. */
  #wasFollowed: ReadonlySet<string> | undefined;
  #isFirst = true;
  /** Positions of an earlier run whose files were not found yet, because they were moved or could not be looked at. */
  #toResume: readonly Position[] = [];
  readonly #startedMillis = Date.now();

  constructor(options: FollowOptions, positions: Positions) {
    this.#options = options;
    this.#positions = positions;
  }

  /** Finds files that are not open yet. The first call also looks for what was rotated while nothing ran. */
  async discover(): Promise<void> {
    if (this.#wasFollowed === undefined) {
      this.#toResume = this.#positions.all();
      this.#lastSeenMillis = this.#toResume.reduce((latest, { seenMillis }) => Math.max(latest, seenMillis), this.#lastSeenMillis);
      this.#wasFollowed = new Set(this.#toResume.map(({ path }) => path));
    }
    const unresumed: Position[] = [];
    const atPath: Position[] = [];
    for (const position of this.#toResume) {
      const found = await this.#guard(position.path, () => this.#resume(position));
      if (found === undefined) unresumed.push(position);
      else if (found === 'at its path') atPath.push(position);
    }
    const paths = await this.#matchingPaths();
    this.#seen.clear();
    for (const path of paths) await this.#guard(path, () => this.#meet(path));
    // Those that were renamed in between are looked for under their new names next time.
    this.#toResume = [...unresumed, ...atPath.filter(({ identity }) => !this.open.has(identity))];
    this.#isFirst = false;
    await this.#forget();
  }

  /** The file is no longer at its path: it will be read to its end, and the one that took its place is opened. */
  async rotate(file: FollowedFile): Promise<void> {
    file.rotated = true;
    this.counts.rotations += 1;
    this.#leave(file.path, file.seenMillis, file.content);
    await this.#guard(file.path, () => this.#meet(file.path));
  }

  /**
   * The content of a file was replaced: carries on with the old one in the copy that copytruncate made. Without a copy,
   * false: what was not read of the old content is lost. The caller MUST then `restart` the file in either case. Rejects
   * when files are renamed meanwhile; the same call is then to be made again.
   */
  async carryOn(file: FollowedFile): Promise<boolean> {
    this.#leave(file.path, file.seenMillis, file.content);
    const copy = await findCopy(await this.#strangers(file.realPath), file.content);
    if (copy === undefined) {
      if (file.offset > 0) this.#lose(file.path, file.offset);
    } else {
      const rest = await file.carryOn(copy.path, this.#assemblerOf(file.path, file.realPath));
      rest.rotated = true;
      await this.#adopt(rest, copy);
    }
    this.counts.truncations += 1;
    return copy !== undefined;
  }

  /** Something was written at the beginning of the file since it was last seen empty: perhaps not for the first time. */
  begin(file: FollowedFile, sinceMillis: number): void {
    this.#leave(file.path, sinceMillis, undefined);
  }

  /**
   * Opens the generations that came and went between the content that a path had and the one it has now. MUST be called
   * when a file was read: its beginning tells a copy of the present content, which copytruncate is just making, from one
   * of a content that is gone. Where nothing was read, an empty file shows that all copies are of contents that are gone.
   */
  async settle(file: FollowedFile): Promise<void> {
    const left = this.#left.get(file.path);
    if (left === undefined || file.rotated) return;
    const strangers = await this.#strangers(file.realPath);
    if (file.offset === 0 && (await file.state()).size > 0) return;
    const contents = [...left.contents, file.content];
    for (const sibling of strangers) {
      if (sibling.modifiedMillis < left.sinceMillis - clockSlackMillis) continue;
      const copies = await Promise.all(contents.map(({ head }) => holdsContent(sibling, { head, offset: 0 })));
      if (!copies.includes(true)) await this.#openRotated(file, sibling, 0, undefined);
    }
    this.#left.delete(file.path);
  }

  /**
   * The position to save of an open file. While generations behind it or before it may be unmet, it keeps the time to look
   * from: the file at the path may not be met before the process ends, and then only those that left the path know it.
   */
  positionOf(file: FollowedFile, isDone = false): Position {
    const position = file.position(isDone);
    const left = this.#left.get(file.path);
    return left === undefined ? position : { ...position, seenMillis: Math.min(position.seenMillis, left.sinceMillis) };
  }

  #leave(path: string, sinceMillis: number, content: Content | undefined): void {
    const before = this.#left.get(path);
    const oldest = this.#left.keys().next();
    if (this.#left.size >= maxRemembered && oldest.done !== true) this.#left.delete(oldest.value);
    this.#left.set(path, {
      sinceMillis: Math.min(sinceMillis, before?.sinceMillis ?? sinceMillis),
      contents: [...(before?.contents.slice(-9) ?? []), ...(content === undefined ? [] : [content])],
    });
  }

  restart(file: FollowedFile): void {
    file.restart(this.#assemblerOf(file.path, file.realPath));
  }

  async close(file: FollowedFile): Promise<void> {
    this.open.delete(file.identity);
    this.#closed.set(file.identity, file.offset);
    await file.close();
  }

  /** Counts and names a path that cannot be read; names it once. */
  report(path: string, error: unknown): void {
    if (error instanceof FilesMovedError) return;
    this.counts.unreadable += 1;
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#reported.has(reason + path) || this.#reported.size >= maxRemembered) return;
    this.#reported.add(reason + path);
    this.#options.log.warn('A log file or folder cannot be read; it is tried again', { path, reason });
  }

  /** Takes up a file where an earlier run left it, unless it is at its path, where discovery meets it. */
  async #resume(position: Position): Promise<'done' | 'at its path'> {
    const { path, realPath, identity, state, seenMillis, offset } = position;
    if (this.open.has(identity) || !this.#isFollowed(path)) return 'done';
    const isAtPath = (await stateAt(path))?.identity === identity;
    if (state !== 'done') this.#leave(path, seenMillis, position);
    if (isAtPath && (await this.#isSame({ path, identity }, position))) return 'at its path';
    const siblings = await findSiblings(realPath);
    const moved = siblings.find((sibling) => sibling.identity === identity);
    if (moved !== undefined && (await this.#isSame(moved, position))) {
      if (moved.size > offset || state !== 'done') await this.#openRotated(position, moved, offset, position.stream);
      return 'done';
    }
    const copy = state === 'live' ? await findCopy(await this.#strangers(realPath), position) : undefined;
    if (copy !== undefined) await this.#openRotated(position, copy, offset, position.stream);
    else if (state !== 'done' && offset > 0) this.#lose(path, offset);
    const replaced: Position = { ...position, stream: randomUUID(), head: { length: 0, hash: '' }, offset: 0, state: 'live' };
    await this.#positions.update(isAtPath ? [replaced] : [], isAtPath ? [] : [identity]);
    return 'done';
  }

  /** A path that is to be followed: opens its file unless that is known. */
  async #meet(path: string): Promise<void> {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return;
    const { identity, size } = toState(found, 0);
    this.#seen.add(identity);
    if (this.open.has(identity)) return;
    const paths = { path, realPath: await realpath(path) };
    const known = this.#positions.get(identity);
    const isSame = known !== undefined && (await this.#isSame({ path, identity }, known));
    if (isSame && this.#closed.get(identity) === size) return;
    if (!isSame && (await this.#isCopyOfFollowed({ path: paths.realPath, identity }))) return;
    // A file that was created while nothing ran is new, whatever is asked for about the files that were there.
    const isOld = this.#lastSeenMillis === Number.NEGATIVE_INFINITY || Number(found.birthtimeMs) <= this.#lastSeenMillis;
    const fromTail = this.#isFirst && isOld && this.#options.readFrom === 'tail' && this.#wasFollowed?.has(path) !== true;
    const start = isSame ? { stream: known.stream, offset: known.offset } : { offset: fromTail ? ('tail' as const) : 0 };
    const file = await FollowedFile.open(paths, start, this.#assemblerOf(path, paths.realPath));
    // Generations may have come and gone at a new path, too, before it was met.
    if (known === undefined && !this.#isFirst && !this.#left.has(path)) this.#leave(path, this.#startedMillis, undefined);
    await this.#adopt(file, { path, identity });
    await this.settle(file);
  }

  /** Takes an opened file in. Rejects when it turns out to be another one than was meant. */
  async #adopt(file: FollowedFile, meant: Readonly<{ path: string; identity: string }>): Promise<void> {
    if (file.identity === meant.identity && !this.open.has(meant.identity)) {
      this.open.set(meant.identity, file);
      return;
    }
    await file.close();
    throw new FilesMovedError(`${meant.path} was replaced while it was opened.`);
  }

  async #openRotated(family: Paths, sibling: Sibling, offset: number, stream: string | undefined): Promise<void> {
    const start = stream === undefined ? { offset } : { stream, offset };
    const file = await FollowedFile.open(family, start, this.#assemblerOf(family.path, family.realPath), sibling.path);
    file.rotated = true;
    await this.#adopt(file, sibling);
  }

  /** Whether the file at the path is a copy, made by copytruncate, of what an open file is about to lose. */
  async #isCopyOfFollowed(target: Readonly<{ path: string; identity: string }>): Promise<boolean> {
    for (const file of this.open.values()) {
      const isSibling = dirname(file.realPath) === dirname(target.path) && isRotatedName(basename(file.realPath), basename(target.path));
      if (!file.rotated && isSibling && (await holdsContent(target, { head: file.content.head, offset: 0 }))) return true;
    }
    return false;
  }

  /** Older generations of a file that were never met. */
  async #strangers(realPath: string): Promise<Sibling[]> {
    const found: Sibling[] = [];
    for (const sibling of await findSiblings(realPath)) {
      // The number of an inode says nothing alone: the files of a rotation are deleted and their inodes used again.
      const position = this.#positions.get(sibling.identity);
      const isKnown = this.open.has(sibling.identity) || (position !== undefined && (await this.#isSame(sibling, position)));
      if (!isKnown) found.push(sibling);
    }
    return found;
  }

  async #isSame(file: Readonly<{ path: string; identity: string }>, position: Position): Promise<boolean> {
    if (position.head.length === 0) return position.offset === 0;
    return holdsContent(file, position);
  }

  #isFollowed(path: string): boolean {
    const { globs, excludes } = this.#options;
    return globs.some((glob) => matchesGlob(glob, path)) && !excludes.some((glob) => matchesGlob(glob, path));
  }

  async #matchingPaths(): Promise<string[]> {
    const { globs, excludes } = this.#options;
    const found = await Promise.all(globs.map((glob) => expandGlob(glob, (path, error) => this.report(path, error))));
    const paths = new Set(found.flatMap((set) => [...set]));
    return [...paths].filter((path) => !excludes.some((glob) => matchesGlob(glob, path))).sort();
  }

  #assemblerOf(path: string, realPath: string): (midLine: boolean) => LineAssembler {
    const { enrich, multiline } = this.#options;
    const fields = fileFields(path, realPath, enrich);
    return (midLine) => createLineAssembler({ fields, multiline, midLine, name: path });
  }

  #lose(path: string, offset: number): void {
    this.counts.lost += 1;
    this.#options.log.warn(
      'A log file was replaced and its old content is nowhere to be found; what was written behind the offset is lost',
      {
        path,
        offset,
      },
    );
  }

  /** Undefined when the action is worth another try. */
  async #guard<Result>(path: string, action: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await action();
    } catch (error) {
      // A path may vanish between two looks at it, and a literal path need not exist yet.
      if (!isMissing(error)) this.report(path, error);
      return undefined;
    }
  }

  /** Drops positions of files that are gone for long, so that the file of positions does not grow for ever. */
  async #forget(): Promise<void> {
    const before = Date.now() - forgetMillis;
    const old = this.#positions
      .all()
      .filter(({ identity, seenMillis }) => seenMillis < before && !this.#seen.has(identity) && !this.open.has(identity));
    if (old.length > 0) {
      await this.#positions.update(
        [],
        old.map(({ identity }) => identity),
      );
    }
  }
}

/** What a path held before, and since when something else may have been there. */
type Left = Readonly<{ sinceMillis: number; contents: readonly Content[] }>;

type Paths = Readonly<{ path: string; realPath: string }>;

/** The newest of the files that holds the content. */
async function findCopy(siblings: readonly Sibling[], content: Content): Promise<Sibling | undefined> {
  for (const sibling of siblings.toReversed()) if (await holdsContent(sibling, content)) return sibling;
  return undefined;
}

async function stateAt(path: string): Promise<ReturnType<typeof toState> | undefined> {
  const found = await stat(path, { bigint: true }).catch(undefinedIfMissing);
  return found === undefined ? undefined : toState(found, 0);
}
