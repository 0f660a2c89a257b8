import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../lib/errors.ts';
import { loadConfig } from './load.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'meshscope-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (argv: string[] = [], env: Record<string, string> = {}) => loadConfig({ argv, env, cwd });
const writeFile = (name: string, content: unknown) =>
  writeFileSync(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content));

function failure(action: () => unknown): AppError {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('precedence', () => {
  it('has a default for everything', () => {
    const { config, sources, file } = load();
    expect(config.data).toBe(join(cwd, 'meshscope-data'));
    expect(config.http).toEqual({ host: '127.0.0.1', port: 8000, username: '', password: '', allowedHosts: [], allowedOrigins: [] });
    expect(config.journal).toEqual({ maxBytes: 1024 ** 3, segmentBytes: 32 * 1024 ** 2, segmentMillis: 200 });
    expect(config.forward).toEqual({ host: '127.0.0.1', port: 24224, sharedKey: '', users: [], index: 'mcp-mesh-logs-forward' });
    expect(config.files.hostname).toBe(hostname());
    expect(config.store.memoryBytes).toBeGreaterThanOrEqual(128 * 1024 ** 2);
    expect(config.conventionalPorts).toBe(true);
    expect(new Set(Object.values(sources).map(({ kind }) => kind))).toEqual(new Set(['default']));
    expect(file).toBeUndefined();
  });

  it('goes file < environment < flags, and says who won', () => {
    writeFile('meshscope.json', { http: { port: 1, host: 'localhost' }, query: { timeoutMillis: '2s' } });
    const { config, sources } = load(['--port', '3'], { MESHSCOPE_HTTP_PORT: '2', MESHSCOPE_QUERY_TIMEOUT_MILLIS: '3s' });
    expect([config.http.port, config.http.host, config.query.timeoutMillis]).toEqual([3, 'localhost', 3000]);
    expect(sources['http.port']).toEqual({ kind: 'flag', name: '--port' });
    expect(sources['http.host']).toEqual({ kind: 'file', name: join(cwd, 'meshscope.json') });
    expect(sources['query.timeoutMillis']).toEqual({ kind: 'environment', name: 'MESHSCOPE_QUERY_TIMEOUT_MILLIS' });
  });

  it('finds the config file: flag, variable, working folder, data folder', () => {
    mkdirSync(join(cwd, 'elsewhere'));
    const port = (argv: string[], env = {}) => load(argv, env).config.http.port;
    writeFile('elsewhere/meshscope.json', { http: { port: 4 } });
    expect(port(['--data', 'elsewhere'])).toBe(4);
    expect(port([], { MESHSCOPE_DATA: 'elsewhere' })).toBe(4);
    writeFile('meshscope.json', { http: { port: 3 } });
    expect(port(['--data', 'elsewhere'])).toBe(3);
    writeFile('two.json', { http: { port: 2 } });
    expect(port([], { MESHSCOPE_CONFIG: 'two.json' })).toBe(2);
    writeFile('one.json', '\uFEFF{"http":{"port":1}}');
    expect(port(['--config', 'one.json'], { MESHSCOPE_CONFIG: 'two.json' })).toBe(1);
  });

  it('makes paths absolute: of a file from its folder, of flags from the working folder', () => {
    mkdirSync(join(cwd, 'etc'));
    writeFile('etc/m.json', { data: 'here', files: { paths: ['*.log', '/var/log/**'], exclude: ['*.gz', '**/x/*', 'a/b'] } });
    const { config } = load(['--config', 'etc/m.json']);
    expect(config.data).toBe(join(cwd, 'etc/here'));
    expect(config.files.paths).toEqual([join(cwd, 'etc/*.log'), '/var/log/**']);
    expect(config.files.exclude).toEqual(['*.gz', '**/x/*', join(cwd, 'etc/a/b')]);
    expect(load(['--data', 'x', '--config=etc/m.json']).config.data).toBe(join(cwd, 'x'));
  });

  it("reads other programs' variables with less weight than ours", () => {
    const env = { ENVIRONMENT: 'production', CLUSTER_NAME: 'blue', MESHSCOPE_FILES_CLUSTER_NAME: 'green' };
    expect(load([], env).config.files).toMatchObject({ environment: 'production', clusterName: 'green' });
    expect(load([], env).sources['files.environment']).toEqual({ kind: 'environment', name: 'ENVIRONMENT' });
  });

  it('gives back operands and the command’s own flags', () => {
    const argv = ['a', '--json', '--port=1', '--', '--port'];
    expect(loadConfig({ argv, env: {}, cwd, commandFlags: ['json'] }).rest).toEqual(['a', '--json', '--port']);
  });
});

describe('values', () => {
  it.each([
    ['--store.memoryBytes', '512MiB', 'store.memoryBytes', 512 * 1024 ** 2],
    ['--store.maxDiskBytes', 'auto', 'store.maxDiskBytes', 'auto'],
    ['--store.maxDiskBytes', '1TB', 'store.maxDiskBytes', 1e12],
    ['--store.retentionDays', '4w', 'store.retentionDays', 28],
    ['--store.retentionDays', '7', 'store.retentionDays', 7],
    ['--journal.segmentMillis', '0.5s', 'journal.segmentMillis', 500],
    ['--conventional-ports', 'off', 'conventionalPorts', false],
    ['--elasticsearch.strictTemplates', 'TRUE', 'elasticsearch.strictTemplates', true],
    ['--http.allowedHosts', 'a, b,', 'http.allowedHosts', ['a', 'b']],
    ['--http.allowedHosts', '["a,b"]', 'http.allowedHosts', ['a,b']],
    ['--files.exclude', '*.{gz,zip},*.tmp', 'files.exclude', ['*.{gz,zip}', '*.tmp']],
    [
      '--forward.users',
      'a:x,b:y:z',
      'forward.users',
      [
        { username: 'a', password: 'x' },
        { username: 'b', password: 'y:z' },
      ],
    ],
  ])('%s %s', (flag, text, path, expected) => {
    const value = path.split('.').reduce((node: unknown, key) => (node as Record<string, unknown>)[key], load([flag, text]).config);
    expect(value).toEqual(expected);
  });

  it('adds up a list flag', () => {
    expect(load(['--files.exclude=a', '--files.exclude', 'b']).config.files.exclude).toEqual(['a', 'b']);
  });

  it('treats an empty variable as not set', () => {
    expect(load([], { MESHSCOPE_HTTP_PORT: '' }).config.http.port).toBe(8000);
  });

  it('is frozen to the bottom', () => {
    const { config } = load(['--forward.users', 'a:b']);
    const unfrozen = (value: unknown): boolean =>
      typeof value === 'object' && value !== null && (!Object.isFrozen(value) || Object.values(value).some(unfrozen));
    expect(unfrozen(config)).toBe(false);
    expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
  });
});

describe('mistakes', () => {
  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['unknown flag', ['--store.memoryByte', '1'], {}, /Unknown flag --store\.memoryByte\. Did you mean --store\.memoryBytes\?/],
    ['unknown short flag', ['--prot', '1'], {}, /Did you mean --port\?/],
    ['flag without value', ['--port'], {}, /--port needs a value/],
    ['flag before flag', ['--data', '--port', '1'], {}, /--data needs a value/],
    [
      'unknown variable',
      [],
      { MESHSCOPE_HTTP_PROT: '1' },
      /variable MESHSCOPE_HTTP_PROT in the environment\. Did you mean MESHSCOPE_HTTP_PORT/,
    ],
    ['port out of range', ['--port', '70000'], {}, /http\.port must be a port .*, not "70000" \(set by --port\)/],
    ['port as text', [], { MESHSCOPE_HTTP_PORT: 'http' }, /not "http" \(set by MESHSCOPE_HTTP_PORT\)/],
    ['negative size', ['--journal.maxBytes=-5'], {}, /journal\.maxBytes must be a size/],
    ['too little memory', ['--store.memoryBytes', '1MiB'], {}, /store\.memoryBytes must be/],
    ['bad toggle', ['--conventional-ports', 'maybe'], {}, /conventionalPorts must be on or off, not "maybe"/],
    ['bad choice', ['--files.readFrom', 'middle'], {}, /files\.readFrom must be head or tail/],
    ['bad version', ['--elasticsearch.version', '8'], {}, /must be a version such as/],
    ['missing file', ['--config', 'nowhere.json'], {}, /nowhere\.json cannot be read/],
    ['password without name', [], { MESHSCOPE_HTTP_PASSWORD: 'hunter2' }, /http\.username is not set/],
    ['open to the network', ['--host', '0.0.0.0'], {}, /http\.host is 0\.0\.0\.0 \(set by --host\).*Set MESHSCOPE_HTTP_USERNAME/],
    ['open to the network by name', ['--host', 'example.org'], {}, /other machines can reach/],
    ['open IPv6', ['--host', '::'], {}, /other machines can reach/],
    ['open forward', ['--forward.host', '0.0.0.0'], {}, /MESHSCOPE_FORWARD_SHARED_KEY/],
    ['users', ['--forward.users', 'nobody'], {}, /forward\.users must be a list of name:password \(set by/],
  ])('%s', (_name, argv, env, message) => {
    const error = failure(() => load(argv, env));
    expect(error.code).toBe('bad_config');
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/hunter2/);
  });

  it.each<[string, unknown, RegExp]>([
    ['unknown key', { store: { memoryByte: 1 } }, /setting store\.memoryByte in .*meshscope\.json\. Did you mean store\.memoryBytes\?/],
    ['unknown section', { stores: {} }, /Unknown setting stores/],
    ['section that is no object', { store: 5 }, /section store in .* must be a JSON object/],
    ['list', [], /config file in .* must be a JSON object/],
    ['null', 'null', /must be a JSON object/],
    ['prototype key', '{"__proto__":{"port":1}}', /Unknown setting __proto__/],
    ['inherited key', '{"http":{"constructor":1}}', /Unknown setting http\.constructor/],
    ['broken JSON', '{\n"http": {,}\n}', /is not JSON.*\(line 2\)/],
    ['empty', '', /is not JSON/],
    ['wrong type', { http: { port: [] } }, /http\.port must be a port .*, not \[\] \(set by .*meshscope\.json\)/],
    ['secret of a wrong type', { http: { password: 12345 } }, /http\.password must be text \(set by/],
    ['item of a wrong type', { files: { paths: [1] } }, /files\.paths must be a list/],
  ])('in the file: %s', (_name, content, message) => {
    writeFile('meshscope.json', content);
    const error = failure(() => load());
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/12345/);
  });

  it('names every wrong setting at once', () => {
    expect(failure(() => load(['--port', 'x', '--journal.maxBytes', 'y'])).message.split('\n')).toHaveLength(2);
  });

  it('ignores what Kubernetes and the tracing page set', () => {
    const env = {
      MESHSCOPE_SERVICE_HOST: '10.0.0.1',
      MESHSCOPE_SERVICE_PORT: '8000',
      MESHSCOPE_SERVICE_PORT_HTTP: '8000',
      MESHSCOPE_PORT: 'tcp://10.0.0.1:8000',
      MESHSCOPE_PORT_8000_TCP_ADDR: '10.0.0.1',
      MESHSCOPE_LOGS_PORT_9200_TCP: 'tcp://10.0.0.1:9200',
      MCP_MESH_DISTRIBUTED_TRACING_ENABLED: 'true',
      REDIS_URL: 'redis://localhost',
      MESHSCOPE_URL: 'http://elsewhere',
    };
    expect(load([], env).config.http.port).toBe(8000);
  });
});

describe('exposure', () => {
  const credentials = { MESHSCOPE_HTTP_USERNAME: 'u', MESHSCOPE_HTTP_PASSWORD: 'p' };

  it.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]', '0:0:0:0:0:0:0:1'])('lets %s go without credentials', (host) => {
    expect(load(['--host', host]).config.http.host).toBe(host);
  });

  it('keeps Fluent Forward on this machine until it has a key', () => {
    expect(load(['--host', '0.0.0.0'], credentials).config.forward.host).toBe('127.0.0.1');
    expect(load(['--host', '0.0.0.0'], { ...credentials, MESHSCOPE_FORWARD_SHARED_KEY: 'k' }).config.forward.host).toBe('0.0.0.0');
  });
});
