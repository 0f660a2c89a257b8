import { posix, win32 } from 'node:path';

/** A file in which an MCP client keeps its servers. */
export type ClientConfiguration = Readonly<{ client: string; path: string; places: readonly (readonly string[])[] }>;

type Machine = Readonly<{ platform: NodeJS.Platform; home: string; cwd: string; appData: string | undefined }>;

const named = [['mcpServers']] as const;

/** Where the known clients keep their servers on this machine and for this folder, whether the files exist or not. */
export function clientConfigurations({ platform, home, cwd, appData }: Machine): readonly ClientConfiguration[] {
  const { join } = platform === 'win32' ? win32 : posix;
  const own =
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support')
      : platform === 'win32'
        ? (appData ?? join(home, 'AppData', 'Roaming'))
        : join(home, '.config');
  const all: readonly ClientConfiguration[] = [
    { client: 'Claude Desktop', path: join(own, 'Claude', 'claude_desktop_config.json'), places: named },
    { client: 'Claude Code', path: join(home, '.claude.json'), places: [['mcpServers'], ['projects', '*', 'mcpServers']] },
    { client: 'Claude Code, this folder', path: join(cwd, '.mcp.json'), places: named },
    { client: 'Cursor', path: join(home, '.cursor', 'mcp.json'), places: named },
    { client: 'Cursor, this folder', path: join(cwd, '.cursor', 'mcp.json'), places: named },
    { client: 'VS Code', path: join(own, 'Code', 'User', 'mcp.json'), places: [['servers']] },
    { client: 'VS Code, this folder', path: join(cwd, '.vscode', 'mcp.json'), places: [['servers']] },
    { client: 'Windsurf', path: join(home, '.codeium', 'windsurf', 'mcp_config.json'), places: named },
    {
      client: 'Zed',
      path: platform === 'win32' ? join(own, 'Zed', 'settings.json') : join(home, '.config', 'zed', 'settings.json'),
      places: [['context_servers']],
    },
    { client: 'Gemini CLI', path: join(home, '.gemini', 'settings.json'), places: named },
  ];
  // This folder may be the home folder.
  return all.filter(({ path }, at) => all.findIndex((other) => other.path === path) === at);
}

/** For a file that somebody named: wherever any client keeps its servers. */
export const anyPlace: ClientConfiguration['places'] = [['mcpServers'], ['servers'], ['context_servers'], ['projects', '*', 'mcpServers']];
