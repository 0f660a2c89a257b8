import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * The name under which a process reads. It is kept in the data folder, which only one process can use at a time: so names differ between
 * processes, and a process that starts again finds at once what it was given and had not acknowledged.
 */
export async function consumerName(dataFolder: string): Promise<string> {
  return `meshscope-${hostname()}-${await ownId(join(dataFolder, 'redis-consumer'))}`;
}

async function ownId(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (/^[0-9a-f]{12}$/.test(kept.trim())) return kept.trim();
  const id = randomBytes(6).toString('hex');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(`${file}.new`, `${id}\n`);
  await rename(`${file}.new`, file);
  return id;
}
