import type { ServerStatus } from '../../state/server-status.ts';

export type FirstCommand = Readonly<{ title: string; note: string; code: string }>;

type Listeners = ServerStatus['listeners'];

/** `0.0.0.0` and `::` are addresses to listen on, not to connect to. */
const reachable = (address: string): string => address.replace(/^(?:0\.0\.0\.0|\[?::\]?)(?=:\d+$)/, '127.0.0.1');

function forwardCommand(listeners: Listeners): FirstCommand {
  const title = 'Fluent Bit';
  const forward = listeners.find(({ name, protocol, problem }) => problem === undefined && /forward/i.test(`${name} ${protocol}`));
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(reachable(forward?.address ?? '')) ?? [];
  if (host === undefined || port === undefined) {
    const note = 'The port of the Forward protocol is not open. Open it with:';
    return { title, note, code: 'npx meshscope up --conventional-ports on' };
  }
  return {
    title,
    note: 'Fluentd takes the same address in <match> with @type forward.',
    code: `[OUTPUT]\n    Name                 forward\n    Match                *\n    Host                 ${host}\n    Port                 ${port}\n    Require_ack_response true`,
  };
}

/** What sends the first data to the server at `url`, ready to be copied. */
export function firstCommands(url: string, listeners: Listeners, needsCredentials = false): readonly FirstCommand[] {
  const where = /^http:\/\/(?:127\.0\.0\.1|localhost):8000$/.test(url) ? '' : ` --url ${url}`;
  const flag = needsCredentials ? `${where} --user NAME:PASSWORD` : where;
  const collector = needsCredentials ? ` --url ${url.replace('://', '://NAME:PASSWORD@')}` : where;
  const headers = needsCredentials ? ` OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic $(printf NAME:PASSWORD | base64)"` : '';
  const user = needsCredentials ? ' -u NAME:PASSWORD' : '';
  const record = `'{"timestamp":"'$(date -u +%FT%TZ)'","level":"ERROR","msg":"Timeout","agent":{"name":"demo"}}'`;
  return [
    {
      title: 'A demonstration',
      note: 'Four agents and three MCP servers at work, with an hour of history and an incident to find.',
      code: `npx meshscope demo${flag}`,
    },
    {
      title: 'Any MCP server',
      note: 'Put it in front of the command in the configuration of the client; every call is recorded.',
      code: `npx meshscope wrap${collector} -- node my-server.js`,
    },
    {
      title: 'OpenTelemetry',
      note: 'For the SDK of any language: traces, logs and metrics.',
      code: `export OTEL_EXPORTER_OTLP_ENDPOINT=${url} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf${headers}`,
    },
    forwardCommand(listeners),
    {
      title: 'Agents of MCP Mesh',
      note: 'Reads the traces that they publish to Redis.',
      code: 'MCP_MESH_DISTRIBUTED_TRACING_ENABLED=true REDIS_URL=redis://localhost:6379 npm start',
    },
    {
      title: 'One record with curl',
      note: "Anything that writes to Elasticsearch can write here: give it this server's address.",
      code: `printf '%s\\n' '{"create":{}}' \\\n  ${record} \\\n| curl -s${user} -H 'Content-Type: application/x-ndjson' --data-binary @- \\\n  '${url}/mcp-mesh-logs/_bulk?refresh=true'`,
    },
  ];
}
