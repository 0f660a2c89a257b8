import type { FastifyInstance } from 'fastify';
import { contentPolicy, escapeHtml, pageStyle } from './page-style.ts';
import type { Listener } from './status.ts';

export type StartPageContent = Readonly<{
  listeners: readonly Listener[];
  dataFolder: string;
  version: string;
  /** Whether HTTP requests must carry credentials; the examples then do. */
  needsCredentials?: boolean;
  /** How the reader reaches the server. Without it, the address of the first listener. */
  url?: string;
}>;

/** `0.0.0.0` and `::` are addresses to listen on, not to connect to. */
function reachable(address: string): string {
  return address.replace(/^(?:0\.0\.0\.0|\[?::\]?)(?=:\d+$)/, '127.0.0.1');
}

const block = (title: string, code: string, note = '') =>
  `<h3>${escapeHtml(title)}</h3>${note && `<p>${escapeHtml(note)}</p>`}<pre><code>${escapeHtml(code)}</code></pre>`;

const links: readonly (readonly [path: string, what: string])[] = [
  ['/_cat/indices?v', 'indices, with how many records and bytes each holds'],
  ['/_search?sort=@timestamp:desc&pretty', 'the latest records'],
  ['/api/status', 'state of the server, as JSON'],
  ['/metrics', 'metrics, for Prometheus'],
  ['/api/openapi.json', 'description of our own API, OpenAPI 3.1'],
];

function forwardExamples({ listeners }: StartPageContent): string {
  const forward = listeners.find(({ name, protocol, problem }) => problem === undefined && /forward/i.test(`${name} ${protocol}`));
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(reachable(forward?.address ?? '')) ?? [];
  if (host === undefined || port === undefined) {
    return '<h3>Fluent Bit and Fluentd</h3><p>The port of the Forward protocol is not open; the settings are <code>conventionalPorts</code> and <code>forward.port</code>.</p>';
  }
  return (
    block(
      'Fluent Bit',
      `[OUTPUT]\n    Name                 forward\n    Match                *\n    Host                 ${host}\n    Port                 ${port}\n    Require_ack_response true`,
      'With a shared key (forward.sharedKey), add Shared_Key here and a <security> section in Fluentd.',
    ) +
    block(
      'Fluentd',
      `<match **>\n  @type forward\n  require_ack_response true\n  <server>\n    host ${host}\n    port ${port}\n  </server>\n</match>`,
    )
  );
}

/** The page for browsers at `/` until the web UI exists. It needs nothing but itself, and no script. */
export function startPage(content: StartPageContent): string {
  const { listeners, dataFolder, version } = content;
  const url = content.url ?? `http://${reachable(listeners[0]?.address ?? '127.0.0.1:8000')}`;
  const user = content.needsCredentials ? " -u 'NAME:PASSWORD'" : '';
  const isDefault = /^http:\/\/(?:127\.0\.0\.1|localhost):8000$/.test(url);
  const cli = `${isDefault ? '' : ` --url ${url}`}${content.needsCredentials ? " --user 'NAME:PASSWORD'" : ''}`;
  const record = `'{"timestamp":"'$(date -u +%FT%TZ)'","level":"ERROR","msg":"Timeout","agent":{"name":"demo"}}'`;
  const rows = listeners
    .map(({ name, address, protocol, problem }) => {
      const what = problem === undefined ? protocol : `does not listen: ${problem}`;
      return `<tr><th scope="row">${escapeHtml(name)}</th><td><code>${escapeHtml(address)}</code></td><td>${escapeHtml(what)}</td></tr>`;
    })
    .join('');
  const linkItems = links.map(
    ([path, what]) => `<li><a href="${escapeHtml(path)}"><code>${escapeHtml(path)}</code></a>: ${escapeHtml(what)}</li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentPolicy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>meshscope</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<header><h1>meshscope</h1><p>Version ${escapeHtml(version)} runs. Its data is in <code>${escapeHtml(dataFolder)}</code>.</p></header>
<main>
<section aria-labelledby="listening"><h2 id="listening">What listens where</h2>
<table><thead><tr><th scope="col">Name</th><th scope="col">Address</th><th scope="col">Protocol</th></tr></thead><tbody>${rows}</tbody></table></section>
<section aria-labelledby="send"><h2 id="send">Send logs and traces</h2>
${block(
  'One record with curl',
  `printf '%s\\n' '{"create":{}}' \\\n  ${record} \\\n| curl -s${user} -H 'Content-Type: application/x-ndjson' --data-binary @- \\\n  '${url}/mcp-mesh-logs/_bulk?refresh=true'`,
  "Anything that writes to Elasticsearch can write here: give it this server's address.",
)}
${forwardExamples(content)}
${block(
  'OpenTelemetry',
  `export OTEL_EXPORTER_OTLP_ENDPOINT=${url} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
  'For the SDK of any language: traces, logs and metrics.',
)}
${block('Agents of MCP Mesh', 'MCP_MESH_DISTRIBUTED_TRACING_ENABLED=true REDIS_URL=redis://localhost:6379 npm start', 'Reads the traces that they publish to Redis.')}
${block('Any MCP server', `npx meshscope wrap${cli} -- node my-server.js`, 'Put it in front of the command in the configuration of the client; every call is recorded.')}
${block('Files', "npx meshscope up --files.paths '/var/log/agents/*.log'", 'Rotation is followed, and a restart goes on where it stopped.')}
${block('Standard input of a program', `some-agent 2>&1 | npx meshscope ingest${cli}`)}</section>
<section aria-labelledby="look"><h2 id="look">Look at them</h2>
${block('On the command line', `npx meshscope tail${cli}\nnpx meshscope search 'level:ERROR AND agent.name:demo*' --since 1h${cli}\nnpx meshscope traces '{ status = error }'${cli}\nnpx meshscope tools${cli}`)}
${block('With curl', `curl -s${user} '${url}/mcp-mesh-logs*/_search?q=level:ERROR&pretty'`)}
</section>
<nav aria-labelledby="links"><h2 id="links">Links</h2><ul>${linkItems.join('')}</ul></nav>
</main>
</body>
</html>
`;
}

/** Answers browsers at `/`, before Elasticsearch's answer to everyone else. `addGuard` MUST have been called before. */
export function addStartPage(app: FastifyInstance, content: () => StartPageContent): void {
  app.addHook('onRequest', async (request, reply) => {
    const isPage = request.method === 'GET' && /^\/(?:\?|$)/.test(request.url);
    if (!isPage || !/\btext\/html\b/i.test(request.headers.accept ?? '')) return;
    return reply
      .headers({
        'Content-Security-Policy': `${contentPolicy}; frame-ancestors 'none'`,
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'no-store',
        Vary: 'Accept',
      })
      .type('text/html; charset=utf-8')
      .send(startPage({ url: `${request.protocol}://${request.headers.host}`, ...content() }));
  });
}
