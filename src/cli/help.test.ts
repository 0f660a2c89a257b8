import { describe, expect, it } from 'vitest';
import { settingByPath } from '../config/setting-list.ts';
import { commandTable } from './command-table.ts';
import { commandHelp } from './help.ts';
import { upCommand } from './up-command.ts';

describe('help', () => {
  it.each([...commandTable.keys()])('of %s names each flag, and fits a terminal', async (name) => {
    const command = await commandTable.get(name)?.();
    if (command === undefined) throw new Error('no such command');
    const text = commandHelp(name, command);
    for (const option of [...Object.keys(command.options), 'help', 'verbose']) expect(text).toContain(`--${option}`);
    expect(text.split('\n').filter((line) => line.length > 160)).toEqual([]);
    expect(command.examples.length).toBeGreaterThan(0);
  });

  it.each(['wrap', 'tap'])('of %s has the flags before the command that is run', async (name) => {
    const command = await commandTable.get(name)?.();
    expect(command === undefined ? '' : commandHelp(name, command)).toContain(`Usage: meshscope ${name} [flags] -- COMMAND…`);
  });

  it('of up tells the real defaults', () => {
    expect(upCommand.options.port?.fallback).toBe(String(settingByPath.get('http.port')?.defaultValue));
    expect(upCommand.options.data?.fallback).toBe(settingByPath.get('data')?.defaultValue);
  });
});
