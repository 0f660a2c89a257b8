import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isGone, referenceServer, spooled, type Talk, talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { eventually } from '../harness/server-process.ts';

const node = process.execPath;

/** A server in one line of JavaScript. */
const script = (text: string) => [node, '-e', text];

const wrapped = (command: readonly string[], spool = temporaryFolder()) => ({ spool, ...talk(node, wrapArgs(command, { spool })) });

const initialize = {
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const call = (id: number, name: string, args: unknown = {}) => ({ id, method: 'tools/call', params: { name, arguments: args } });

async function converse(client: Talk, calls: readonly (readonly [string, unknown])[]) {
  await client.ask(initialize);
  client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  await client.ask({ id: 1, method: 'tools/list' });
  let id = 2;
  for (const [name, args] of calls) await client.ask(call(id++, name, args));
  await sleep(300);
  client.child.stdin?.end();
  return client.closed;
}

describe('the conversation', () => {
  const notes = temporaryFolder();
  writeFileSync(join(notes, 'a.txt'), 'first\r\nsecond \u{1f600}\n');

  it.each([
    [
      'everything',
      [referenceServer('everything'), 'stdio'],
      [
        ['echo', { message: 'hé \u{1f600}\u2028' }],
        ['get-sum', { a: 1.5, b: 2 }],
        ['get-tiny-image', {}],
        ['get-structured-content', { location: 'New York' }],
        ['no-such-tool', {}],
        ['get-sum', { a: 'x' }],
      ],
    ],
    [
      'filesystem',
      [referenceServer('filesystem'), notes],
      [
        ['read_text_file', { path: join(notes, 'a.txt') }],
        ['read_text_file', { path: '/etc/passwd' }],
        ['list_directory', { path: notes }],
      ],
    ],
    [
      'memory',
      [referenceServer('memory')],
      [
        ['create_entities', { entities: [{ name: 'n', entityType: 't', observations: ['o'] }] }],
        ['read_graph', {}],
      ],
    ],
  ] as const)('with server-%s is the direct one, byte for byte', async (_, args, calls) => {
    const env = () => ({ MEMORY_FILE_PATH: join(temporaryFolder(), 'memory.jsonl') });
    const direct = await converse(talk(node, args, { env: env() }), calls);
    const spool = temporaryFolder();
    const through = await converse(talk(node, wrapArgs([node, ...args], { spool }), { env: env() }), calls);
    expect(through.stdout.equals(direct.stdout)).toBe(true);
    expect(through.stderr.toString()).toBe(direct.stderr.toString());
    expect([through.code, through.signal]).toEqual([direct.code, direct.signal]);
    const tools = spooled(spool).logs.flatMap(({ tool }) => (tool === undefined ? [] : [tool]));
    expect(tools).toEqual(calls.map(([name]) => name));
  });

  it('passes on what is no message, and no UTF-8, and what has no line end', async () => {
    const input = Buffer.concat([
      Buffer.from('Server started\n\n\r\n[]\n{"id":1.0,"big":12345678901234567890,"a":1,"a":2}\n'),
      Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xe2, 0x82]),
      Buffer.from(
        '\n[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]\r\n{"jsonrpc":"2.0","method":"x"}\n{"jsonrpc":"2.0","id":9,"method":"last"}',
      ),
    ]);
    const client = wrapped(['cat']);
    // In pieces that cut lines and characters.
    for (let at = 0; at < input.length; at += 7) client.write(input.subarray(at, at + 7));
    client.child.stdin?.end();
    const { stdout, stderr, code } = await client.closed;
    expect(stdout.equals(input)).toBe(true);
    expect([stderr.toString(), code]).toEqual(['', 0]);
    const { logs } = spooled(client.spool);
    expect(logs.filter(({ mcp }) => (mcp as { invalid?: string }).invalid === 'server')).toHaveLength(5);
    expect(logs.flatMap(({ request }) => (request ? [(request as { method: string }).method] : []))).toContain('last');
  });

  it.each([9, 20])('passes on a message of %d MB, and knows what it was', async (megabytes) => {
    const echo =
      "let s='';process.stdin.setEncoding('utf8').on('data',d=>{s+=d;if(d.includes('\\n')){const m=JSON.parse(s);process.stdout.write(JSON.stringify({result:{content:[{type:'text',text:m.params.arguments.message}]},jsonrpc:'2.0',id:m.id})+'\\n')}})";
    const client = wrapped(script(echo));
    const message = 'é'.repeat((megabytes * 1024 ** 2) / 2);
    client.write(`${JSON.stringify({ method: 'tools/call', params: { name: 'echo', arguments: { message } }, jsonrpc: '2.0', id: 3 })}\n`);
    // Reading it takes time, which there is little of at the end.
    const record = await eventually('the record', async () => spooled(client.spool).logs.find(({ tool }) => tool === 'echo'));
    client.child.stdin?.end();
    const { stdout } = await client.closed;
    const expected = `${JSON.stringify({ result: { content: [{ type: 'text', text: message }] }, jsonrpc: '2.0', id: 3 })}\n`;
    expect(stdout.equals(Buffer.from(expected))).toBe(true);
    expect(record).toMatchObject({ ok: true, mcp: { outcome: 'ok', response_bytes: expected.length + message.length - 1 } });
    expect(JSON.stringify(record).length).toBeLessThan(60_000);
  });

  it('waits for a client that is slow, and for a server that is slow, in bounded memory', async () => {
    const size = 64 * 1024 ** 2;
    const rss = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const flood = wrapped(script(`process.stdout.write(Buffer.alloc(${size},0x61));process.stdin.resume()`));
    flood.child.stdout?.pause();
    await sleep(2500);
    expect(rss(flood.child.pid as number)).toBeLessThan(200);
    flood.child.stdout?.resume();
    flood.child.stdin?.end();
    expect((await flood.closed).stdout.length).toBe(size);

    const slow = wrapped(script("setTimeout(()=>{let n=0;process.stdin.on('data',d=>n+=d.length).on('end',()=>console.log(n))},2500)"));
    slow.write(Buffer.alloc(size, 0x61));
    slow.child.stdin?.end();
    await sleep(2000);
    expect(rss(slow.child.pid as number)).toBeLessThan(200);
    expect((await slow.closed).stdout.toString()).toBe(`${size}\n`);
    // Lines of 64 MB are more than is read: by their size and hash alone.
    expect(JSON.stringify(spooled(slow.spool).logs)).toMatch(/has 67108864 bytes and was not read|bytes of the client were not recorded/);
  });

  it('goes on when nobody reads standard error', async () => {
    const server =
      "const b='e'.repeat(1023)+'\\n';let n=0;(function f(){while(n++<4096)if(!process.stderr.write(b))return process.stderr.once('drain',f)})();process.stdin.on('data',d=>process.stdout.write(d))";
    const spool = temporaryFolder();
    const client = talk(node, wrapArgs(script(server), { spool }), { readsStderr: false });
    await sleep(4000);
    client.write('{"jsonrpc":"2.0","method":"x"}\n');
    expect(await client.lines(1)).toEqual(['{"jsonrpc":"2.0","method":"x"}']);
    client.child.stdin?.end();
    client.child.stderr?.resume();
    expect((await client.closed).code).toBe(0);
    expect(spooled(spool).logs.filter(({ mcp }) => (mcp as { stream?: string }).stream === 'stderr')).toHaveLength(4096);
  });

  it('leaves environment, folder and arguments alone, but for the name of the conversation', async () => {
    const show = script('console.log(JSON.stringify([process.env,process.cwd(),process.argv.slice(1)]))').concat(
      'a b',
      '--url',
      '$HOME"\'',
    );
    const cwd = temporaryFolder();
    const env = { OWN: 'x', NODE_OPTIONS: '--max-old-space-size=200', MESHSCOPE_URL: 'http://127.0.0.1:9' };
    const [direct, through] = await Promise.all([
      talk(node, show.slice(1), { cwd, env }).closed,
      talk(node, wrapArgs(show, { spool: temporaryFolder() }), { cwd, env }).closed,
    ]);
    const [environment, ...others] = JSON.parse(direct.stdout.toString()) as [object, ...unknown[]];
    const named = { ...environment, MESHSCOPE_CONVERSATION: expect.stringMatching(/^[\w-]+$/) };
    expect(JSON.parse(through.stdout.toString())).toEqual([named, ...others]);
  });

  it('marks a start that only asks what the server is', async () => {
    const client = wrapped(
      script(`process.stdin.once('data',()=>process.stdout.write('{"jsonrpc":"2.0","id":"server-discover-probe-1","result":{}}\\n'))`),
    );
    await client.ask({ id: 'server-discover-probe-1', method: 'server/discover' });
    client.child.stdin?.end();
    client.child.kill('SIGTERM');
    await client.closed;
    expect(spooled(client.spool).logs).toMatchObject([{ mcp: { probe: 1 } }]);
  });
});

describe('the end', () => {
  const answering = "process.stdin.on('data',()=>0);setInterval(()=>0,1000);";

  it.each([
    ['exit code 0', ['true'], 0],
    ['exit code 3', ['sh', '-c', 'exit 3'], 3],
    ['a signal', ['sh', '-c', 'kill -KILL $$'], 137],
    ['a command that is missing', ['/no/such/command'], 127],
    ['a command that is no program', [temporaryFolder()], 126],
  ])('by %s has its exit code', async (_, command, code) => {
    const result = await wrapped(command).closed;
    expect([result.code, result.signal, result.stdout.toString()]).toEqual([code, null, '']);
    expect(result.stderr.toString()).toMatch(code === 127 ? /there is no such command/ : code === 126 ? /cannot run/ : /^$/);
  });

  it('comes after all that the server has written', async () => {
    const client = wrapped(script('process.stdout.write(Buffer.alloc(3e6,97),()=>process.exit(5))'));
    client.child.stdout?.pause();
    await sleep(1000);
    client.child.stdout?.resume();
    const { stdout, code } = await client.closed;
    expect([stdout.length, code]).toEqual([3e6, 5]);
  });

  it('comes when something that the server has started still holds its output', async () => {
    const holder =
      "const held=require('child_process').spawn('sleep',['600'],{stdio:'inherit',detached:true});held.unref();console.log(held.pid)";
    const client = wrapped(script(holder));
    expect((await client.closed).code).toBe(0);
    process.kill(Number((await client.closed).stdout));
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s lets the server end in its own way', async (signal) => {
    const client = wrapped(script(`process.on('${signal}',()=>{console.log('bye');process.exit(7)});console.log('up');${answering}`));
    await client.lines(1);
    client.child.kill(signal);
    const { stdout, code } = await client.closed;
    expect([stdout.toString(), code]).toEqual(['up\nbye\n', 7]);
  });

  it('comes before the client loses patience, with a server that does not listen', async () => {
    const client = wrapped(script(`process.on('SIGTERM',()=>0);console.log(process.pid);${answering}`));
    const [pid] = await client.lines(1);
    client.child.kill('SIGTERM');
    expect((await client.closed).code).toBe(137);
    expect(await isGone(Number(pid), 100)).toBe(true);
  });

  it('of the server during a call is what became of the call', async () => {
    const client = wrapped(['sh', '-c', 'echo $$; exec cat >/dev/null']);
    const [pid] = await client.lines(1);
    client.write(`${JSON.stringify({ jsonrpc: '2.0', ...call(5, 'slow') })}\n`);
    await sleep(200);
    process.kill(Number(pid), 'SIGKILL');
    expect((await client.closed).code).toBe(137);
    expect(spooled(client.spool).logs.filter(({ tool }) => tool === 'slow')).toMatchObject([
      { ok: false, error: 'the server ended (signal SIGKILL)', mcp: { outcome: 'transport' } },
    ]);
  });

  it('of the client ends a server that does not look', async () => {
    const spool = temporaryFolder();
    const stubborn = `console.log(process.pid);process.on('SIGTERM',()=>0);${answering}`;
    const args = JSON.stringify(wrapArgs(script(stubborn), { spool }));
    const host = talk(
      ...([
        node,
        ['-e', `const c=require('child_process').spawn(process.execPath,${args},{stdio:['pipe','inherit','ignore']});console.log(c.pid)`],
      ] as const),
    );
    const pids = (await host.lines(2)).map(Number);
    host.child.kill('SIGKILL');
    for (const pid of pids) expect(await isGone(pid, 8000)).toBe(true);
  });

  it('of the wrapper by SIGKILL ends the server, and what was recorded is there', async () => {
    const client = wrapped(['sed', '-uE', 's/,"method":.*/,"result":{}}/']);
    await client.ask(initialize);
    await client.ask(call(1, 'echo', { message: 'kept' }));
    await eventually('the record in the spool', async () => spooled(client.spool).logs.some(({ tool }) => tool === 'echo'));
    const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(client.child.pid)])
      .toString()
      .trim()
      .split('\n');
    const server = Number(
      children
        .find((line) => line.includes('sed -uE'))
        ?.trim()
        .split(/\s+/)[0],
    );
    client.child.kill('SIGKILL');
    await client.closed;
    expect(await isGone(server, 5000)).toBe(true);
    expect(spooled(client.spool).logs.map(({ tool }) => tool)).toContain('echo');
    // The shell that saw to it ends too.
    await sleep(2500);
    expect(execFileSync('ps', ['-eo', 'args=']).toString()).not.toContain(`meshscope-guard ${server}`);
  });

  it('of the wrapper by SIGKILL ends a server that ignores SIGTERM and the end of its input', async () => {
    const client = wrapped(script("console.log(process.pid);process.on('SIGTERM',()=>0);setInterval(()=>0,1000)"));
    const [pid] = (await client.lines(1)).map(Number);
    // The guard is there as soon as the server is.
    await sleep(500);
    client.child.kill('SIGKILL');
    expect(await isGone(pid as number, 8000)).toBe(true);
  });

  it('without a message leaves nothing in the spool, and needs no folder', async () => {
    const spool = join(temporaryFolder(), 'none');
    const client = talk(node, wrapArgs(['true'], { spool }));
    expect((await client.closed).code).toBe(0);
    expect(() => readdirSync(spool)).toThrow();
  });

  it('is no matter of the spool: a folder that cannot be written', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    const client = talk(node, wrapArgs(['cat'], { spool: join(file, 'x') }));
    client.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    await client.lines(1);
    client.child.stdin?.end();
    expect((await client.closed).code).toBe(0);
  });
});
