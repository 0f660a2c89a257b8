import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export type PageFile = Readonly<{
  contentType: string;
  etag: string;
  /** The name holds a hash of the content, so it never changes. */
  immutable: boolean;
  /** By content encoding. */
  bodies: Readonly<{ identity: Buffer; gzip: Buffer | undefined; br: Buffer | undefined }>;
}>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/**
 * The built page by path below its folder, all of it in memory: it is small, and no request can then reach another file. Empty when
 * the page was not built.
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(folder)) return new Map();
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const files = paths.flatMap((path): readonly [string, PageFile][] => {
    const contentType = contentTypes[extname(path)];
    if (contentType === undefined || !statSync(path).isFile()) return [];
    const name = relative(folder, path).split(sep).join('/');
    const identity = readFileSync(path);
    const compressed = (suffix: string) => (existsSync(path + suffix) ? readFileSync(path + suffix) : undefined);
    const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
    return [
      [
        name,
        { contentType, etag, immutable: name.startsWith('assets/'), bodies: { identity, gzip: compressed('.gz'), br: compressed('.br') } },
      ],
    ];
  });
  return new Map(files);
}
