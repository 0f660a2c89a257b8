import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyPlace, clientConfigurations } from './client-configurations.ts';
import { readJsonText } from './json-text.ts';
import { wrapServers } from './wrap-servers.ts';

const launcher = ['/usr/bin/node', '/opt/meshscope/dist/cli/meshscope.cjs', 'wrap'];
const change = (text: string, undo = false, only?: string) => wrapServers(text, { places: anyPlace, launcher, undo, only });

describe('wrapping the servers of a configuration', () => {
  it('changes the command and its arguments, and nothing else', () => {
    const text = '{\r\n\t"mcpServers": {\r\n\t\t"files": {"command": "npx", "args": ["-y", "x"], "env": {"K": "1.0"} } },"n":1e400}';
    expect(change(text)?.text).toBe(
      '{\r\n\t"mcpServers": {\r\n\t\t"files": {"command": "/usr/bin/node", "args": ["/opt/meshscope/dist/cli/meshscope.cjs", "wrap", "--name", "files", "--", "npx", "-y", "x"], "env": {"K": "1.0"} } },"n":1e400}',
    );
  });

  it.each([
    ['{"mcpServers":{"a":{"command":"x","args":[]}}}'],
    ['{"mcpServers":{"a":{"args":[\n  "1",\n  "2" // two\n],"command":"x"}}}'],
    ['\ufeff{ // comment "{\n"servers":{"a b\\u00e9":{"type":"stdio","command":"C:\\\\x.exe","args":["--","y",],},},/* end */}'],
    ['{"projects":{"/p":{"mcpServers":{"a":{"command":"x","args":["wrap"]}}},"/q":{}}}'],
    ['{"context_servers":{"__proto__":{"command":"x","args":["a"]},"constructor":{"command":"y","args":["b"]}}}'],
  ])('and unwrapping gives back %j', (text) => {
    const wrapped = change(text);
    expect(wrapped?.text).not.toBe(text);
    expect(change(wrapped?.text ?? '')?.text).toBe(wrapped?.text);
    expect(change(wrapped?.text ?? '', true)?.text).toBe(text);
    expect(change(text, true)?.text).toBe(text);
  });

  it.each([
    ['npx', ['-y', 'meshscope', 'mcp']],
    ['node', ['/opt/meshscope/dist/cli/meshscope.cjs', 'mcp', '--url', 'http://x']],
    ['meshscope', ['mcp']],
  ])('leaves our own server out: %s %j', (command, args) => {
    const text = JSON.stringify({ mcpServers: { ask: { command, args } } });
    expect(change(text)).toMatchObject({ text, servers: [{ server: 'ask', state: 'left-out' }] });
  });

  it('adds arguments where there are none, on the same line', () => {
    const wrapped = change('{"mcpServers":{"a":{\n"command":"x"\n}}}')?.text ?? '';
    expect(JSON.parse(wrapped)).toEqual({
      mcpServers: { a: { command: launcher[0], args: [...launcher.slice(1), '--name', 'a', '--', 'x'] } },
    });
    expect(wrapped.split('\n')).toHaveLength(3);
  });

  it.each([
    ['{"mcpServers":{"a":{"url":"http://x"}}}', 'remote'],
    ['{"mcpServers":{"a":{"command":{"path":"x"}}}}', 'unknown'],
    ['{"mcpServers":{"a":{"command":"x","args":"y"}}}', 'unknown'],
    ['{"mcpServers":{"a":{"command":"x","args":[1]}}}', 'unknown'],
    ['{"mcpServers":{"a":"x"}}', 'unknown'],
    ['{"mcpServers":{"a":{"command":"npx","args":["-y","@meshscope/wrap","--","x"]}}}', 'already'],
  ])('leaves %s alone', (text, state) => {
    expect(change(text)).toEqual({ text, servers: [{ server: 'a', state }] });
  });

  it.each(['', '{', '{"mcpServers":{"a":{"command":"x"}}} x', "{'a':1}", '{"a" 1}', '[1 2]', '['.repeat(5000)])('refuses %.30j', (text) => {
    expect(change(text)).toBeUndefined();
  });

  it('changes one server when asked to', () => {
    const text = '{"mcpServers":{"a":{"command":"x","args":[]},"b":{"command":"y","args":[]}}}';
    expect(change(text, false, 'b')?.servers).toEqual([
      { server: 'a', state: 'left-out' },
      { server: 'b', state: 'changed' },
    ]);
  });

  it('reads whatever JSON there is', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => readJsonText(JSON.stringify(value, null, 2)) !== undefined));
  });
});

it.each(['linux', 'darwin', 'win32'] as const)('knows where clients keep their servers on %s', (platform) => {
  const home = platform === 'win32' ? 'C:\\Users\\me' : '/home/me';
  const paths = clientConfigurations({ platform, home, cwd: home, appData: undefined }).map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths[0]).toBe(
    {
      linux: '/home/me/.config/Claude/claude_desktop_config.json',
      darwin: '/home/me/Library/Application Support/Claude/claude_desktop_config.json',
      win32: 'C:\\Users\\me\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
    }[platform],
  );
});
