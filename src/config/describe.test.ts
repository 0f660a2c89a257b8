import { describe, expect, it } from 'vitest';
import { configurationPage, effectiveSettings, mask } from './describe.ts';
import { loadConfig } from './load.ts';
import { settings } from './setting-list.ts';

describe('settings', () => {
  it.each([
    ['store.memoryBytes', 'MESHSCOPE_STORE_MEMORY_BYTES', ['store.memoryBytes']],
    ['http.port', 'MESHSCOPE_HTTP_PORT', ['http.port', 'port']],
    ['conventionalPorts', 'MESHSCOPE_CONVENTIONAL_PORTS', ['conventionalPorts', 'conventional-ports']],
    ['data', 'MESHSCOPE_DATA', ['data']],
  ])('%s has derived names', (path, variable, flags) => {
    expect(settings.find((setting) => setting.path === path)).toMatchObject({ variable, flags });
  });

  it('all say what they mean', () => {
    expect(settings.filter(({ description }) => description.length < 10).map(({ path }) => path)).toEqual([]);
  });

  it('have names of their own', () => {
    expect(new Set(settings.map(({ variable }) => variable)).size).toBe(settings.length);
  });

  it('keep secrets to themselves', () => {
    const secrets = settings.filter(({ meta }) => meta.secret).map(({ path }) => path);
    expect(secrets).toEqual(['http.password', 'forward.sharedKey', 'forward.users', 'tracing.otlpHeaders']);
    const argv = [
      '--http.username',
      'ops',
      '--http.password',
      'hunter2',
      '--forward.sharedKey',
      'hunter2',
      '--forward.users',
      'a:hunter2',
      '--tracing.otlpHeaders',
      'key=hunter2',
      '--redis.url',
      'redis://me:hunter2@h:1/2?sentinelPassword=hunter2',
      '--tracing.otlpEndpoint',
      'me:hunter2@h:4318',
      '--tracing.zipkinEndpoint',
      'http://me:hunter2@h/api?key=hunter2',
    ];
    const rows = effectiveSettings(loadConfig({ argv, env: {}, cwd: '/nowhere' }));
    expect(JSON.stringify(rows)).not.toContain('hunter2');
    expect(rows.find(({ path }) => path === 'redis.url')?.text).toBe(`redis://${mask}@h:1/2?${mask}`);
    expect(rows.find(({ path }) => path === 'tracing.otlpEndpoint')?.text).toBe(`${mask}@h:4318`);
    expect(rows.filter(({ text }) => text === mask).map(({ path }) => path)).toEqual(secrets);
  });

  it('print as text that reads back', () => {
    const argv = [
      '--store.memoryBytes',
      '1.5GiB',
      '--conventional-ports',
      'no',
      '--http.allowedHosts',
      '["a,b","c"]',
      '--query.timeoutMillis',
      '90s',
    ];
    const loaded = loadConfig({ argv, env: {}, cwd: '/nowhere' });
    const rows = effectiveSettings(loaded);
    expect(Object.fromEntries(rows.map(({ path, text }) => [path, text]))).toMatchObject({
      'store.memoryBytes': '1536MiB',
      conventionalPorts: 'off',
      'http.allowedHosts': '["a,b","c"]',
      'query.timeoutMillis': '90s',
      'http.password': '',
    });
    const again = rows.filter(({ text }) => text !== '').flatMap(({ path, text }) => [`--${path}`, text]);
    expect(loadConfig({ argv: again, env: {}, cwd: '/nowhere' }).config).toEqual(loaded.config);
  });
});

it('the page depends on nothing of this machine', () => {
  const row = configurationPage()
    .split('\n')
    .find((line) => line.startsWith('| `store.memoryBytes`'));
  expect(row).toContain("a quarter of the machine's");
});
