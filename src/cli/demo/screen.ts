import type { Paint } from '../terminal.ts';
import type { McpServerSlot, Origin } from './mcp-servers.ts';
import { agentNames } from './plan.ts';

export type Shown = Readonly<{
  url: string;
  isOwn: boolean;
  note: string | undefined;
  folder: string;
  isKept: boolean;
  servers: readonly McpServerSlot[];
  /** How far the invented history goes back. */
  history: string | undefined;
  incidentAfterMillis: number | undefined;
  traceId: string;
  /** How people call us: `meshscope`, or `npx meshscope`. */
  program: string;
}>;

const originText: Readonly<Record<Origin, string>> = {
  installed: 'published, as installed here',
  npx: 'published, by npx',
  own: 'small ones of our own in the place of the published ones',
};

/** Where the servers come from, those of one origin in one line. */
function serverRows(servers: readonly McpServerSlot[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { name, origin, isWaiting } of servers) {
    const text = origin === undefined ? 'did not start' : `${originText[origin]}${isWaiting ? ', until npx has downloaded those' : ''}`;
    groups.set(text, [...(groups.get(text) ?? []), name]);
  }
  return [...groups].map(([text, names]) => `${names.join(', ')} (${text})`);
}

/** All that a person needs to know, on one screen. */
export function screen(shown: Shown, paint: Paint): string {
  const { url, history, incidentAfterMillis } = shown;
  const kept = shown.isKept ? 'kept' : 'removed at the end, --keep keeps it';
  const at = url === 'http://127.0.0.1:8000' ? '' : ` --url ${url}`;
  const rows = [
    ['meshscope', shown.isOwn ? 'started for the demo' : 'was running already; what the demo sends stays in it'],
    ...(shown.note === undefined ? [] : [['', shown.note]]),
    [shown.isOwn ? 'data' : 'files', `${shown.folder} (${kept})`],
    ['agents', agentNames.join(', ')],
    ...serverRows(shown.servers).map((text, row) => [row === 0 ? 'MCP servers' : '', text]),
    ...(history === undefined ? [] : [['history', `of the last ${history}, invented; it arrives while you read this`]]),
    ...(incidentAfterMillis === undefined
      ? []
      : [['soon', `something breaks after ${Math.round(incidentAfterMillis / 1000)} s; find out what, and why`]]),
  ];
  return [
    `${paint('bold', 'meshscope demo')}: agents that call each other and MCP servers, wrapped by meshscope`,
    '',
    ...rows.map(([name = '', text = '']) => `  ${name.padEnd(13)}${text}`),
    '',
    `  ${paint('bold', `Open ${url}/`)}`,
    '  or try in another terminal:',
    '',
    ...['tools', `trace ${shown.traceId}`, "search 'level:ERROR' --since 5m"].map(
      (command) => `    ${paint('cyan', `${shown.program} ${command}${at}`)}`,
    ),
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}
