import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDataFolder } from './make-data-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'meshscope-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('a data folder', () => {
  it('is made with those above it, and again', () => {
    for (let times = 0; times < 2; times++) makeDataFolder(join(root, 'a/b/c'));
    expect(existsSync(join(root, 'a/b/c'))).toBe(true);
  });

  it('is refused in one line that says what to do', () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'nowhere'), join(root, 'link'));
    const paths = [join(root, 'file'), join(root, 'file/below'), join(root, 'link/below'), ...(existsSync('/proc') ? ['/proc/x/y'] : [])];
    for (const path of paths) {
      expect(() => makeDataFolder(path), path).toThrow(
        expect.objectContaining({
          code: 'bad_config',
          message: expect.stringMatching(/^the data folder [^\n]* cannot be used: [^\n]*--data$/),
        }),
      );
    }
  });
});
