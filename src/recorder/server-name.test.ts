import { expect, it } from 'vitest';
import { serverName } from './server-name.ts';

it.each([
  [['node', 'my-server.js'], 'my-server'],
  [['node', '/opt/weather/dist/index.js', 'stdio'], 'weather'],
  [['npx', '-y', '@modelcontextprotocol/server-filesystem@2026.8.31', '/notes'], '@modelcontextprotocol/server-filesystem'],
  [['uvx', 'mcp-server-git@1.0', '--repository', '.'], 'mcp-server-git'],
  [['docker', 'run', '-i', '--rm', 'mcp/fetch'], 'fetch'],
  [['env', 'A=1', 'python3', '-u', 'server.py'], 'server'],
  [['C:\\tools\\files.exe'], 'files'],
  [['node'], 'node'],
])('%j is called %s', (command, name) => {
  expect(serverName(command)).toBe(name);
});
