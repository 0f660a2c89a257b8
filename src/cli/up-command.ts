import type { Command } from './command.ts';

export const upCommand: Command = {
  summary: 'Start meshscope: the collectors, the store, the APIs and the web UI.',
  operands: '',
  description: [
    'Listens on http.host and http.port, and on the conventional ports of the protocols (9200, 4317, 4318, 24224) when they are free. Runs\nuntil SIGINT or SIGTERM; then it stops accepting, stores what it has acknowledged, and exits with 0.',
  ],
  options: {
    data: { type: 'string', placeholder: 'DIR', help: 'Folder in which everything is kept.', fallback: './meshscope-data' },
    port: { type: 'string', placeholder: 'N', help: 'Port of the web UI and of every HTTP protocol.', fallback: '8000' },
    host: { type: 'string', placeholder: 'ADDRESS', help: 'Address to listen on; others than 127.0.0.1 need a user name and a password.' },
    'conventional-ports': { type: 'string', placeholder: 'on|off', help: 'Also listen on 9200, 4317, 4318 and 24224.', fallback: 'on' },
    config: { type: 'string', placeholder: 'FILE', help: 'Config file.', fallback: './meshscope.json, then DATA/meshscope.json' },
  },
  takesSettings: true,
  outlivesOutput: true,
  examples: [
    'meshscope up',
    'meshscope up --data /var/lib/meshscope --port 8080 --store.retentionDays 90',
    'MESHSCOPE_HTTP_PASSWORD=secret meshscope up --host 0.0.0.0 --http.username ops',
  ],
  run: async ({ args }) => (await import('./up.ts')).runUp(args),
};
