import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../harness/published-clients.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

/**
 * Shippers that cannot be installed here, by the requests that they send and the parts of the answers that they look at: their start-up
 * probes, then bulk with their content types and filters.
 */
let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

type Sent = Readonly<{ headers?: Record<string, string>; body?: string | Uint8Array }>;
type Answer = Readonly<{ status: number; headers: Headers; text: string; json: Json }>;

async function request(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, headers: response.headers, text, json: (isJson ? JSON.parse(text) : {}) as Json };
}

const json = { 'content-type': 'application/json' };
const ndjson = { 'content-type': 'application/x-ndjson' };

async function sourcesOf(index: string): Promise<Json[]> {
  await request('POST', `/${index}/_refresh`);
  const { json: answer } = await request('POST', `/${index}/_search`, { headers: json, body: '{"size":100,"sort":["_doc"]}' });
  return (answer.hits?.hits ?? []).map(({ _source }) => _source as Json);
}

/** Every answer must carry it, or the clients of 7.14 and later refuse the server. */
const expectProduct = ({ headers }: Answer) => expect(headers.get('x-elastic-product')).toBe('Elasticsearch');

describe("Fluentd's elasticsearch plugin", () => {
  const template = {
    index_patterns: ['fluentd-logs-*'],
    template: { settings: { number_of_shards: 3 }, mappings: { properties: { level: { type: 'keyword' } } } },
    composed_of: ['nowhere'],
    priority: 200,
    version: 1,
    _meta: { description: 'x' },
  };

  it('starts, puts its template at the old address, and sends', async () => {
    const info = await request('GET', '/');
    expectProduct(info);
    expect(info.json.version?.number).toMatch(/^8\./);
    expect((await request('HEAD', '/_template/fluentd-logs')).status).toBe(404);
    expect((await request('PUT', '/_template/fluentd-logs', { headers: json, body: JSON.stringify(template) })).status).toBe(200);
    expect((await request('HEAD', '/_template/fluentd-logs')).status).toBe(200);
    const body =
      '{"index":{"_index":"fluentd-logs-2026.11.20"}}\n{"level":"INFO","msg":"a"}\n{"index":{"_index":"fluentd-logs-2026.11.20"}}\n{"level":"WARN"}\n';
    const bulk = await request('POST', '/_bulk', { headers: json, body });
    expectProduct(bulk);
    expect(bulk.json.items).toHaveLength(2);
    expect(bulk.json).toMatchObject({ errors: false, items: [{ index: { status: 201 } }, { index: { status: 201 } }] });
    const mapping = await request('GET', '/fluentd-logs-2026.11.20/_mapping');
    expect(mapping.json['fluentd-logs-2026.11.20']?.mappings?.properties?.level).toEqual({ type: 'keyword' });
    expect(await sourcesOf('fluentd-logs-2026.11.20')).toEqual([{ level: 'INFO', msg: 'a' }, { level: 'WARN' }]);
  });

  it('sends everything as NDJSON to a server of version 9', async () => {
    const headers = {
      'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=9',
      accept: 'application/vnd.elasticsearch+json; compatible-with=9',
    };
    const put = await request('PUT', '/_index_template/fluentd-nine', {
      headers,
      body: JSON.stringify({ ...template, index_patterns: ['nine-*'] }),
    });
    expect([put.status, put.json]).toEqual([200, { acknowledged: true }]);
    expect(put.headers.get('content-type')).toMatch(/^application\/vnd\.elasticsearch\+json/);
    const bulk = await request('POST', '/_bulk', { headers, body: '{"create":{"_index":"nine-1","_id":"x"}}\n{"msg":"a"}\n' });
    expect(bulk.json).toMatchObject({ errors: false });
    // Counted as a duplicate by its status, after a retry of what had arrived.
    const again = await request('POST', '/_bulk', { headers, body: '{"create":{"_index":"nine-1","_id":"x"}}\n{"msg":"a"}\n' });
    expect(again.json).toMatchObject({
      errors: true,
      items: [{ create: { status: 409, error: { type: 'version_conflict_engine_exception' } } }],
    });
  });

  it('sets up lifecycle and data streams', async () => {
    expect((await request('GET', '/_xpack')).json).toMatchObject({ features: { ilm: { available: true, enabled: true } } });
    const policy = { policy: { phases: { hot: { actions: { rollover: { max_size: '50gb', max_age: '30d' } } } } } };
    expect((await request('GET', '/_ilm/policy/logstash-policy')).status).toBe(404);
    expect((await request('PUT', '/_ilm/policy/logstash-policy', { headers: json, body: JSON.stringify(policy) })).status).toBe(200);
    expect((await request('HEAD', '/_alias/fluentd-ilm')).status).toBe(404);
    const name = encodeURIComponent('<fluentd-ilm-{now/d}-000001>');
    const created = await request('PUT', `/${name}`, { headers: json, body: '{"aliases":{"fluentd-ilm":{"is_write_index":true}}}' });
    expect(created.json.index).toMatch(/^fluentd-ilm-\d{4}\.\d\d\.\d\d-000001$/);
    const again = await request('PUT', `/${name}`, { headers: json, body: '{"aliases":{"fluentd-ilm":{"is_write_index":true}}}' });
    expect(again.status).toBe(400);
    expect(again.text).toContain('resource_already_exists_exception');
    expect((await request('GET', '/_data_stream/fluentd-stream')).status).toBe(404);
    const streams = {
      index_patterns: ['fluentd-stream*'],
      data_stream: {},
      template: { settings: { 'index.lifecycle.name': 'logstash-policy' } },
    };
    expect((await request('PUT', '/_index_template/fluentd-stream', { headers: json, body: JSON.stringify(streams) })).status).toBe(200);
    expect((await request('PUT', '/_data_stream/fluentd-stream')).status).toBe(200);
    const bulk = await request('POST', '/fluentd-stream/_bulk', {
      headers: ndjson,
      body: '{"create":{}}\n{"@timestamp":"2026-11-20T10:00:00Z","msg":"a"}\n',
    });
    expect(bulk.json.items?.[0]?.create).toMatchObject({ status: 201, _index: expect.stringMatching(/^\.ds-fluentd-stream-/) as string });
  });
});

describe('Fluent Bit', () => {
  it('finds what it searches for in an answer that it cut off', async () => {
    const body = '{"create":{"_index":"fluent-bit","_type":"_doc"}}\n{"@timestamp":"2026-11-20T10:00:00.000Z","log":"a"}\n'.repeat(3);
    const { status, text } = await request('POST', '/_bulk', { headers: { ...ndjson, 'user-agent': 'Fluent-Bit' }, body });
    expect(status).toBe(200);
    expect(text).toMatch(/^\{"took":\d+,"errors":false,"items":\[\{"create":\{"_index":"fluent-bit",/);
    expect(await sourcesOf('fluent-bit')).toHaveLength(3);
  });
});

describe('Logstash', () => {
  it('is content with licence, version and template, and sends gzip', async () => {
    expectProduct(await request('HEAD', '/'));
    const info = await request('GET', '/');
    expect(info.json).toMatchObject({
      tagline: 'You Know, for Search',
      version: { build_flavor: 'default', number: expect.stringMatching(/^8\.\d+\.\d+$/) as string },
    });
    expect((await request('GET', '/_license')).json).toMatchObject({ license: { status: 'active' } });
    expect((await request('HEAD', '/_index_template/ecs-logstash')).status).toBe(404);
    const template = {
      index_patterns: ['ecs-logstash-*'],
      priority: 200,
      template: { settings: { index: { refresh_interval: '5s' } }, mappings: {} },
    };
    expect((await request('PUT', '/_index_template/ecs-logstash', { headers: json, body: JSON.stringify(template) })).status).toBe(200);
    const lines =
      '{"index":{"_id":null,"_index":"ecs-logstash-1","routing":null}}\n{"message":"a","@version":"1"}\n{"index":{"_index":"ecs-logstash-1"}}\n{"message":"b"}\n';
    const bulk = await request('POST', '/_bulk?filter_path=errors,items.*.error,items.*.status', {
      headers: {
        ...json,
        'content-encoding': 'gzip',
        'x-elastic-event-count': '2',
        'x-elastic-uncompressed-request-length': String(lines.length),
      },
      body: gzipSync(lines),
    });
    expect(bulk.json).toEqual({ errors: false, items: [{ index: { status: 201 } }, { index: { status: 201 } }] });
    expect((await sourcesOf('ecs-logstash-1')).map(({ message }) => message)).toEqual(['a', 'b']);
  });
});

describe('Filebeat', () => {
  const version = '9.7.3';
  const headers = { ...json, 'user-agent': `Elastic-filebeat/${version} (linux; amd64)` };

  it('finds a server that is not older than itself, and sets itself up', async () => {
    expect((await request('GET', '/', { headers })).json.version?.number).toBe(version);
    expect((await request('GET', '/_license', { headers })).json.license).toMatchObject({ status: 'active', type: 'basic' });
    expect((await request('GET', '/_ilm/policy/filebeat', { headers })).status).toBe(404);
    const policy = { policy: { phases: { hot: { actions: { rollover: { max_size: '50gb', max_age: '30d' } } } } } };
    expect((await request('PUT', '/_ilm/policy/filebeat', { headers, body: JSON.stringify(policy) })).status).toBe(200);
    expect((await request('GET', `/_index_template/filebeat-${version}`, { headers })).status).toBe(404);
    const template = {
      index_patterns: [`filebeat-${version}`],
      data_stream: {},
      priority: 150,
      template: {
        settings: {
          index: { lifecycle: { name: 'filebeat' }, mapping: { total_fields: { limit: 10_000 } }, query: { default_field: ['message'] } },
        },
        mappings: {
          dynamic_templates: [{ strings: { mapping: { ignore_above: 1024, type: 'keyword' }, match_mapping_type: 'string' } }],
          properties: { '@timestamp': { type: 'date' } },
        },
      },
    };
    expect((await request('PUT', `/_index_template/filebeat-${version}`, { headers, body: JSON.stringify(template) })).status).toBe(200);
    expect((await request('PUT', `/_data_stream/filebeat-${version}`, { headers })).status).toBe(200);
    const line = '{"@timestamp":"2026-11-20T10:00:00.000Z","message":"a","log":{"offset":0,"file":{"path":"/a.log"}}}';
    const bulk = await request('POST', '/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status', {
      headers: { ...headers, 'content-type': 'application/vnd.elasticsearch+x-ndjson; compatible-with=8' },
      body: `{"create":{"_index":"filebeat-${version}"}}\n${line}\n`,
    });
    expect(bulk.json).toEqual({ errors: false, items: [{ create: { status: 201 } }] });
    expect(await sourcesOf(`filebeat-${version}`)).toEqual([JSON.parse(line)]);
  });
});

describe('Vector', () => {
  it('asks for health and version, and reads errors by their text', async () => {
    expect((await request('GET', '/_cluster/health')).status).toBe(200);
    expect((await request('GET', '/')).json.version?.number).toMatch(/^8\./);
    const lines = '{"create":{"_index":"vector-1"}}\n{"message":"a"}\n';
    const fine = await request('POST', '/_bulk?timeout=60s', { headers: { ...ndjson, 'content-encoding': 'gzip' }, body: gzipSync(lines) });
    expect(fine.text).toContain('"errors":false');
    await request('PUT', '/vector-2', { headers: json, body: '{"mappings":{"properties":{"n":{"type":"long"}}}}' });
    const refused = await request('POST', '/_bulk?timeout=60s', {
      headers: ndjson,
      body: '{"create":{"_index":"vector-2"}}\n{"n":"no number"}\n',
    });
    expect([refused.status, refused.text]).toEqual([200, expect.stringContaining('"errors":true')]);
  });
});

describe('the OpenTelemetry Collector', () => {
  it('gets items that are whole without the field `errors`', async () => {
    const filter = 'items.*._index,items.*.status,items.*.failure_store,items.*.error.type,items.*.error.reason';
    const lines =
      '{"create":{"_index":"logs-generic.otel-default"}}\n{"@timestamp":"2026-11-20T10:00:00Z","body":{"text":"a"},"severity_text":"INFO"}\n{"create":{"_index":"logs-generic.otel-default"}}\nno json\n';
    const { json: answer } = await request('POST', `/_bulk?filter_path=${encodeURIComponent(filter)}&require_data_stream=true`, {
      headers: { 'content-type': 'application/vnd.elasticsearch+json; compatible-with=8', 'content-encoding': 'gzip' },
      body: gzipSync(lines),
    });
    expect(answer.items?.[0]?.create).toEqual({
      _index: expect.stringMatching(/^\.ds-logs-generic\.otel-default-/) as string,
      status: 201,
    });
    expect(answer.items?.[1]?.create).toMatchObject({
      status: 400,
      error: { type: 'document_parsing_exception', reason: expect.any(String) as string },
    });
    expect(Object.keys(answer)).toEqual(['items']);
  });
});

describe("Prometheus' elasticsearch_exporter", () => {
  it('finds the numbers that the page alerts on', async () => {
    const { json: stats } = await request('GET', '/_nodes/_local/stats');
    const [node] = Object.values(stats.nodes ?? {}) as Json[];
    const [disk] = node?.fs?.data ?? [];
    expect(Number(disk?.total_in_bytes)).toBeGreaterThan(Number(disk?.available_in_bytes));
    expect(Number(disk?.available_in_bytes)).toBeGreaterThan(0);
  });
});

describe('any shipper', () => {
  it('is told what is wrong with its request', async () => {
    const malformed = await request('POST', '/_bulk', { headers: ndjson, body: '{"frobnicate":{}}\n{}\n' });
    expect(malformed.json).toMatchObject({
      status: 400,
      error: { type: 'illegal_argument_exception', reason: expect.stringMatching(/^Malformed action\/metadata line \[1\]/) as string },
    });
    const nowhere = await request('POST', '/_bulk', { headers: ndjson, body: '{"index":{}}\n{"a":1}\n' });
    expect(nowhere.json).toMatchObject({ status: 400, error: { reason: expect.stringContaining('index is missing') as string } });
    const cut = await request('POST', '/cut/_bulk', { headers: ndjson, body: '{"index":{}}\n{"a":1}' });
    expect(cut.json).toMatchObject({
      status: 400,
      error: { reason: expect.stringContaining('must be terminated by a newline') as string },
    });
    const untyped = await request('POST', '/x/_doc', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '{"a":1}' });
    expect(untyped.status).toBe(406);
  });

  it('has its seventh line refused alone', async () => {
    const lines = Array.from({ length: 6 }, (_, at) => `{"index":{}}\n${at === 3 ? '{"n":' : `{"n":${at}}`}\n`).join('');
    const { json: answer } = await request('POST', '/seventh/_bulk', { headers: ndjson, body: lines });
    expect(answer.items?.map((item) => item.index?.status)).toEqual([201, 201, 201, 400, 201, 201]);
    expect((await sourcesOf('seventh')).map(({ n }) => n)).toEqual([0, 1, 2, 4, 5]);
  });
});
