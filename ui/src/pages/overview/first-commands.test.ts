import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { firstCommands } from './first-commands.ts';

const listeners = [
  { name: 'HTTP', address: '0.0.0.0:8000', protocol: 'all' },
  { name: 'Fluent Forward', address: '[::]:24224', protocol: 'forward' },
];
const codeOf = (title: string, url = 'http://127.0.0.1:8000', open: Parameters<typeof firstCommands>[1] = listeners) =>
  firstCommands(url, open).find((command) => command.title === title)?.code ?? '';

describe('lines that send the first data', () => {
  it('name addresses that can be connected to', () => {
    expect(codeOf('Fluent Bit')).toMatch(/Host +127\.0\.0\.1\n +Port +24224/);
    expect(codeOf('One record with curl')).toContain('http://127.0.0.1:8000/mcp-mesh-logs/_bulk');
  });

  it('name the server where it is not the usual one', () => {
    expect(codeOf('A demonstration')).toBe('npx meshscope demo');
    expect(codeOf('Any MCP server', 'http://logs.example:9000')).toBe(
      'npx meshscope wrap --url http://logs.example:9000 -- node my-server.js',
    );
  });

  it('carry credentials where the server wants some', () => {
    const commands = firstCommands('http://127.0.0.1:8000', listeners, true).map(({ code }) => code);
    expect(commands).toContain('npx meshscope demo --user NAME:PASSWORD');
    expect(commands).toContain('npx meshscope wrap --url http://NAME:PASSWORD@127.0.0.1:8000 -- node my-server.js');
    expect(commands.some((code) => code.includes('| curl -s -u NAME:PASSWORD -H'))).toBe(true);
  });

  it.each([[[]], [[{ name: 'Fluent Forward', address: '127.0.0.1:24224', protocol: 'forward', problem: 'the port is taken' }]]])(
    'give no example for Forward where it is not open',
    (open) => {
      expect(codeOf('Fluent Bit', undefined, open)).toBe('npx meshscope up --conventional-ports on');
    },
  );

  it('have a bulk request that a shell prints as two lines of JSON', () => {
    const lines = execFileSync('sh', ['-c', `curl() { cat; }\n${codeOf('One record with curl')}`], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { create: {} },
      { timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), level: 'ERROR', msg: 'Timeout', agent: { name: 'demo' } },
    ]);
  });
});
