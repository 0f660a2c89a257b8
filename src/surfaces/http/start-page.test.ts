import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGuard } from './guard.ts';
import { pageStyle } from './page-style.ts';
import { addStartPage, type StartPageContent, startPage } from './start-page.ts';

const content: StartPageContent = {
  listeners: [
    { name: 'HTTP', address: '0.0.0.0:8000', protocol: 'all protocols' },
    { name: 'Fluent Forward', address: '[::]:24224', protocol: 'forward' },
  ],
  dataFolder: '/var/lib/meshscope',
  version: '1.2.3',
};

/** Relative luminance of WCAG 2. */
function luminance(hex: string): number {
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('the page', () => {
  it('tells addresses that can be connected to', () => {
    const page = startPage(content);
    expect(page).toContain('<td><code>0.0.0.0:8000</code></td>');
    expect(page).toContain('http://127.0.0.1:8000/mcp-mesh-logs/_bulk');
    expect(page).toMatch(/Host +127\.0\.0\.1\n +Port +24224/);
    expect(page).toMatch(/host 127\.0\.0\.1\n +port 24224/);
    expect(page).not.toContain('--url');
    expect(page).not.toContain('NAME:PASSWORD');
  });

  it('follows where the server is and whether it wants credentials', () => {
    const page = startPage({ ...content, url: 'http://logs.example:9000', needsCredentials: true });
    expect(page).toContain('npx meshscope tail --url http://logs.example:9000 --user &#39;NAME:PASSWORD&#39;');
    expect(page).toContain('curl -s -u &#39;NAME:PASSWORD&#39; &#39;http://logs.example:9000/mcp-mesh-logs*/_search');
  });

  it.each([[[]], [[{ name: 'Fluent Forward', address: '127.0.0.1:24224', protocol: 'forward', problem: 'the port is taken' }]]])(
    'gives no example for Forward where it is not open',
    (listeners) => {
      const page = startPage({ ...content, listeners });
      expect(page).not.toContain('@type forward');
      expect(page).toContain('forward.port');
      expect(page.includes('does not listen: the port is taken')).toBe(listeners.length > 0);
    },
  );

  it('gives a bulk request that a shell prints as two lines of JSON', () => {
    const code = /<code>(printf[^<]*)<\/code>/.exec(startPage(content))?.[1] as string;
    const command = code.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    const lines = execFileSync('sh', ['-c', `curl() { cat; }\n${command}`], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { create: {} },
      { timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), level: 'ERROR', msg: 'Timeout', agent: { name: 'demo' } },
    ]);
  });

  it.each(['light', 'dark'])('has enough contrast in the %s scheme', (scheme) => {
    const block = pageStyle.match(/:root \{[^}]*\}/g)?.[scheme === 'light' ? 0 : 1] as string;
    const colours = Object.fromEntries([...block.matchAll(/--(\w+): #(\w{6})/g)].map(([, name, hex]) => [name, luminance(hex as string)]));
    const contrast = (one: string, other: string) => {
      const [dark, light] = [colours[one] as number, colours[other] as number].sort((a, b) => a - b) as [number, number];
      return (light + 0.05) / (dark + 0.05);
    };
    for (const front of ['text', 'soft', 'link']) expect(contrast(front, 'back'), front).toBeGreaterThan(4.5);
    expect(contrast('text', 'code')).toBeGreaterThan(7);
  });

  it('escapes what it is given', () => {
    const evil = `"'><script>alert(1)</script>&amp;`;
    const page = startPage({
      listeners: [
        { name: evil, address: `${evil}:1`, protocol: evil },
        { name: 'forward', address: `${evil}:2`, protocol: evil },
      ],
      dataFolder: evil,
      version: evil,
      url: evil,
    });
    expect(page).not.toContain('<script');
    expect(page).not.toContain(`"'>`);
    expect(page.split('&lt;script&gt;').length).toBeGreaterThan(8);
  });

  it('loads nothing, and its one style is the one that the policy allows', () => {
    const page = startPage(content);
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] as string;
    expect(page).toContain(`style-src &#39;sha256-${createHash('sha256').update(style).digest('base64')}&#39;`);
    expect(page).not.toMatch(/<(script|img|iframe|form|object|embed)\b| style=| on\w+=|@import|url\(/i);
    expect(
      [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, target]) => target).filter((target) => !/^(\/|data:,$)/.test(target as string)),
    ).toEqual([]);
  });
});

describe('the route', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = Fastify();
    addGuard(app, { host: '127.0.0.1', username: 'ops', password: 'x', allowedHosts: [], allowedOrigins: [] });
    addStartPage(app, () => content);
    await app.register((scope, _options, done) => {
      scope.all('/*', async () => ({ tagline: 'other' }));
      done();
    });
  });
  afterAll(() => app.close());
  const authorization = `Basic ${Buffer.from('ops:x').toString('base64')}`;
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  it.each([
    ['GET', '/', browser, true],
    ['GET', '/?pretty', browser, true],
    ['GET', '/', '*/*', false],
    ['GET', '/', 'application/json', false],
    ['GET', '/', undefined, false],
    ['GET', '/x', browser, false],
    ['GET', '//', browser, false],
    ['POST', '/', browser, false],
  ] as const)('%s %s for %s: %s', async (method, url, accept, isPage) => {
    const headers = { host: 'localhost:8000', authorization, ...(accept === undefined ? {} : { accept }) };
    const response = await app.inject({ method, url, headers });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe(isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8');
    if (!isPage) return;
    expect(response.body).toContain('http://localhost:8000/mcp-mesh-logs/_bulk');
    expect(response.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-.+'; .*frame-ancestors 'none'$/),
      'x-content-type-options': 'nosniff',
      vary: 'Accept',
    });
  });

  it('comes after the guard', async () => {
    expect((await app.inject({ url: '/', headers: { host: 'localhost', accept: browser } })).statusCode).toBe(401);
    expect((await app.inject({ url: '/', headers: { host: 'evil.example', accept: browser, authorization } })).statusCode).toBe(403);
  });
});
