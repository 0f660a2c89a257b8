import { basename } from 'node:path';

const runners: ReadonlySet<string> = new Set(
  'npx node uvx uv python python3 bunx bun deno docker podman run tsx pnpm dlx yarn exec env sh bash -c'.split(' '),
);

const isRunner = (word: string) => runners.has(basename(word).replace(/\.(?:exe|cmd)$/i, ''));

/** Files and folders that say nothing about what is in them. */
const vagueName = /^(?:index|main|server|cli|bin|dist|build|src|out|lib)$/;

/** What a person would call the server: the first word that is no runner, flag or setting; of a path the first telling part. */
export function serverName(command: readonly string[]): string {
  const word = command.find((part) => !part.startsWith('-') && !/^\w+=/.test(part) && !isRunner(part)) ?? command[0] ?? '';
  if (word.startsWith('@')) return word.replace(/(.)@[^@]*$/, '$1');
  const parts = word.split(/[\\/]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  const names = parts.map((part) => part.replace(/\.[cm]?[jt]s$|\.py$|\.(?:exe|cmd)$|(?<=.)@[^@]*$/, ''));
  return names.findLast((name) => name !== '' && !vagueName.test(name)) ?? (names.at(-1) || 'server');
}
