import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processorMillis } from '../lib/testing/processor-millis.ts';
import { auditedTools, parseAuditedTools } from './audited-tools.ts';
import { contentPolicies, parseContentRules } from './content-rules.ts';
import { fitsPattern } from './name-pattern.ts';
import { readRecorderFile } from './recorder-file.ts';

describe('rules of contents', () => {
  it.each([
    ['off', 'x', 'off'],
    ['redacted,x=full,a=b=off', 'x', 'full'],
    ['redacted,x=full,a=b=off', 'a=b', 'off'],
    ['redacted, x=full', 'y', 'redacted'],
    ['x=full', 'y', 'redacted'],
    ['off,weather/get_*=full', 'get_forecast', 'full'],
    ['off,weather/get_*=full', 'set_forecast', 'off'],
    ['off,other/get_*=full', 'get_forecast', 'off'],
    ['off,wea*/*=full', 'anything', 'full'],
    ['off,*_key=full', 'get_key', 'full'],
    ['get_*=full,off', 'get_x', 'off'],
    ['off,a/b=full', 'a/b', 'full'],
    ['off,weather/a/b=full', 'a/b', 'full'],
    ['off,get_*=full', undefined, 'off'],
    ['off,weather/*=full', undefined, 'full'],
    ['off,*=full', undefined, 'full'],
    ['off,*=full', '', 'full'],
    ['off,__proto__=full', 'constructor', 'off'],
  ] as const)('of %s, tool %s of weather is recorded %s', (text, tool, policy) => {
    const rules = parseContentRules(text);
    expect(rules && contentPolicies(rules, 'weather')(tool)).toBe(policy);
  });

  it.each(['', 'all', 'off,', 'off,x', 'off,=full', 'off,x=no', ',', '='])('%j is no rule', (text) => {
    expect(parseContentRules(text)).toBeUndefined();
  });

  it('compare hostile names in little time', () => {
    expect(processorMillis(() => expect(fitsPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(1_000_000))).toBe(false))).toBeLessThan(1000);
    expect(fitsPattern('a*a', 'a')).toBe(false);
    expect(fitsPattern('', 'a')).toBe(false);
  });
});

describe('audited tools', () => {
  it.each([
    ['', 'x', true],
    ['*', 'x', true],
    ['on', 'on', true],
    ['off', 'off', false],
    ['0', 'x', false],
    ['delete_*, bank/*', 'delete_file', true],
    ['delete_*, bank/*', 'read_file', false],
    ['delete_*, files/read*', 'read_file', true],
    [',', 'x', false],
  ])('of %j %s is %s', (text, tool, isAudited) => {
    expect(auditedTools(parseAuditedTools(text), 'files')(tool)).toBe(isAudited);
  });
});

describe("the user's file", () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-recorder-'));
  const read = (text: string | undefined) => {
    const path = join(folder, 'recorder.json');
    rmSync(path, { recursive: true, force: true });
    if (text === 'folder') mkdirSync(path);
    else if (text !== undefined) writeFileSync(path, text);
    const lines: string[] = [];
    const { content, audit } = readRecorderFile(path, (line) => lines.push(line));
    return { content: contentPolicies(content, 's')('t'), audit, lines: lines.length };
  };

  it.each([
    [undefined, { content: 'redacted', audit: undefined, lines: 0 }],
    ['{}', { content: 'redacted', audit: undefined, lines: 0 }],
    ['{"content":"s/*=full","audit":"delete_*"}', { content: 'full', audit: 'delete_*', lines: 0 }],
    ['{"content":["off"]}', { content: 'off', audit: undefined, lines: 1 }],
    ['{"content":"none"}', { content: 'off', audit: undefined, lines: 1 }],
    ['{"contents":"off"}', { content: 'off', audit: undefined, lines: 1 }],
    ['{"audit":true}', { content: 'off', audit: undefined, lines: 1 }],
    ['[]', { content: 'off', audit: undefined, lines: 1 }],
    ['{"content":', { content: 'off', audit: undefined, lines: 1 }],
    ['', { content: 'off', audit: undefined, lines: 1 }],
    ['folder', { content: 'off', audit: undefined, lines: 1 }],
  ])('%j keeps %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});
