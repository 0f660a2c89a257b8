import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/built-server.ts';
import { fakeCollector, isGone, nowhere, referenceServer, talk, temporaryFolder } from '../harness/mcp-process.ts';
import { builtCli, eventually } from '../harness/server-process.ts';

const node = process.execPath;
const running: { kill: (signal: NodeJS.Signals) => boolean }[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

const tapped = (url: string, ...args: string[]) => talk(node, [builtCli, 'tap', '--url', url, '--spool', temporaryFolder(), ...args]);

/** A server of the lesson's kind: says what level it was asked for, then one message of each. */
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const legacy = `const say=m=>console.log(JSON.stringify({jsonrpc:'2.0',...m}));
require('readline').createInterface({input:process.stdin}).on('line',l=>{const {id,method,params}=JSON.parse(l);
if(method==='initialize')say({id,result:{protocolVersion:'2025-11-25',capabilities:{logging:{}},serverInfo:{name:'s',version:'1'}}});
if(method==='logging/setLevel'){say({id,result:{}});say({id:'p',method:'ping'});for(const level of ${JSON.stringify(levels)})say({method:'notifications/message',params:{level,logger:'db',data:{asked:params.level,n:1}}})}
if(!method)console.error('answered '+l)})`;
const modern = `require('readline').createInterface({input:process.stdin}).on('line',l=>{const {id,method,params}=JSON.parse(l);
const say=m=>console.log(JSON.stringify({jsonrpc:'2.0',...m}));
if(method==='initialize')return say({id,error:{code:-32601,message:'?'}});
if(method==='tools/call')say({method:'notifications/message',params:{level:params._meta['io.modelcontextprotocol/logLevel'],data:'during '+params.name}});
say({id,result:{resultType:'complete',content:[]}})})`;

describe('meshscope tap', () => {
  it('stores what a server logs, with its severity', async () => {
    const { url, taken } = await fakeCollector();
    const tap = tapped(url, '--level', 'info', '--', node, '-e', legacy);
    await tap.lines(8);
    tap.child.kill('SIGINT');
    const { code, stdout } = await tap.closed;
    expect(code).toBe(0);
    expect(stdout.toString().split('\n')[3]).toBe('WARNING db: {"asked":"info","n":1}');
    const logs = taken.logs.filter(({ mcp }) => 'log' in (mcp as object));
    expect(logs.map(({ level, severity_number: number }) => [level, number])).toEqual([
      ['DEBUG', 5],
      ['INFO', 9],
      ['INFO', 10],
      ['WARNING', 13],
      ['ERROR', 17],
      ['CRITICAL', 18],
      ['CRITICAL', 19],
      ['CRITICAL', 21],
    ]);
    expect(JSON.stringify(taken.logs)).toContain('answered');
  });

  it('asks servers of the modern revision with each request', async () => {
    const tap = tapped(nowhere, '--level', 'notice', '--call', 'work', '--', node, '-e', modern);
    expect(await tap.lines(1)).toEqual(['INFO during work']);
    tap.child.kill('SIGTERM');
    expect((await tap.closed).code).toBe(0);
  });

  it.each([
    ['stdio', 'stdio'],
    ['streamableHttp', 'mcp'],
    ['sse', 'sse'],
  ])('hears server-everything by %s', async (kind, path) => {
    const args = [referenceServer('everything'), kind];
    const call = ['--call', 'toggle-simulated-logging'];
    let target = ['--', node, ...args];
    if (kind !== 'stdio') {
      const port = await freePort();
      const server = talk(node, args, { env: { PORT: String(port) } });
      running.push(server.child);
      const up = () =>
        fetch(`http://127.0.0.1:${port}/`).then(
          () => true,
          () => false,
        );
      await eventually('the server', up);
      target = [`http://127.0.0.1:${port}/${path}`];
    }
    const { url, taken } = await fakeCollector();
    const tap = tapped(url, ...call, ...target);
    await tap.lines(1);
    await eventually('the record', async () => taken.logs.some(({ mcp }) => 'log' in (mcp as object)));
    tap.child.kill('SIGTERM');
    const { code, stderr } = await tap.closed;
    expect([code, stderr.toString()]).toEqual([0, expect.stringContaining('the server logs from debug on')]);
    expect(await isGone(tap.child.pid as number, 1000)).toBe(true);
  });

  it.each([
    ['wants its messages elsewhere', 'event: endpoint\ndata: http://localhost:9/m\n\n', 'at another origin'],
    ['names no address', 'event: endpoint\ndata: http://[\n\n', 'names no address'],
    ['closes its stream', ': bye\n\n', 'closed its stream'],
    ['answers its stream with a page', undefined, 'with HTTP status 405'],
  ])('gives up a server of the older transport that %s', async (_, stream, why) => {
    const server = createServer((request, response) => {
      if (request.method === 'POST') response.writeHead(405, { 'content-type': 'application/json' }).end('{"detail":"Method Not Allowed"}');
      else if (stream === undefined) response.end('<html>');
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { code, stderr } = await tapped(nowhere, `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`).closed;
    server.close();
    expect([code, stderr.toString()]).toEqual([1, expect.stringContaining(why)]);
  });

  it('says that the stream of a server is lost, and that it is read again', async () => {
    let streams = 0;
    const server = createServer((request, response) => {
      if (request.method === 'GET' && streams++ < 2) request.socket.destroy();
      else if (request.method === 'GET') response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
      else {
        const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: 0, result }));
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const tap = tapped(nowhere, `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
    await eventually('the stream', async () => streams === 3);
    tap.child.kill('SIGTERM');
    const { stderr } = await tap.closed;
    server.closeAllConnections();
    server.close();
    const lines = stderr.toString().split('\n');
    expect(lines.filter((line) => line.includes('is lost'))).toEqual([expect.stringContaining('trying again')]);
    expect(lines.filter((line) => line.includes('read again'))).toHaveLength(1);
  });

  it('says why it hears nothing', async () => {
    const missing = await tapped(nowhere, '--', '/no/such/command').closed;
    expect([missing.code, missing.stderr.toString()]).toEqual([1, expect.stringContaining('could not be started')]);
    const silent = await tapped(nowhere, 'http://127.0.0.1:9/mcp').closed;
    expect(silent.code).toBe(1);
    const wrong = await tapped(nowhere, '--level', 'loud', 'http://127.0.0.1:9/mcp').closed;
    expect([wrong.code, wrong.stderr.toString()]).toEqual([2, expect.stringContaining('--level must be one of')]);
    expect((await tapped(nowhere).closed).code).toBe(2);
  });
});
