/**
 * Whether the file system says that there is nothing at a path. Whatever else it says (no permission, too many open files, a
 * network that is away) MUST NOT be taken for that: a file that is taken for gone is given up, and later read from its head again.
 */
export const isMissing = (error: unknown): boolean => isOneOf(error, ['ENOENT', 'ENOTDIR']);

/** For `catch`: a link that leads to itself leads to nothing, too. */
export function undefinedIfMissing(error: unknown): undefined {
  if (!isOneOf(error, ['ENOENT', 'ENOTDIR', 'ELOOP'])) throw error;
}

const isOneOf = (error: unknown, codes: readonly string[]) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);

/** A rotation came in between; trying again is all there is to do. */
export class FilesMovedError extends Error {}
