import { describe, expect, it } from 'vitest';
import { decodeReply, ProtocolError, type Reply, ReplyError, ReplyReader, type WholeReply } from './reply-reader.ts';
import { visitEntries } from './visit-entries.ts';

/** Every reply in `bytes`, which come in pieces of `size`. */
function readAll(bytes: Buffer, size: number, maxBytes = 1e6): Reply[] {
  const reader = new ReplyReader(maxBytes);
  const replies: Reply[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(bytes.subarray(at, at + size));
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(decodeReply(reply));
  }
  return replies;
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

describe('ReplyReader', () => {
  const text = `+OK\r\n:-12\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n${bulk('line\r\nend')}-NOGROUP gone\r\n*3\r\n:1\r\n*2\r\n${bulk('grün 😀')}$-1\r\n-ERR no\r\n`;

  it.each([1, 2, 3, 7, 64, 10_000])('reads replies that come in pieces of %i bytes', (size) => {
    const replies = readAll(Buffer.from(text.repeat(50)), size);
    expect(replies.length).toBe(450);
    expect(replies.slice(0, 7)).toEqual(['OK', -12, null, null, [], '', 'line\r\nend']);
    expect(replies[7]).toMatchObject({ code: 'NOGROUP', message: 'NOGROUP gone' });
    expect(replies[8]).toEqual([1, ['grün 😀', null], new ReplyError('ERR no')]);
  });

  it.each([1, 13, 4096])('throws a large reply away, in pieces of %i bytes, and goes on', (size) => {
    const large = `*3\r\n${bulk('a')}${bulk('x'.repeat(3000))}${bulk('b')}`;
    const many = `*400\r\n${bulk('12345').repeat(400)}`;
    const replies = readAll(Buffer.from(`+one\r\n${large}+two\r\n${many}+three\r\n`), size, 1000);
    expect(replies).toEqual([
      'one',
      expect.objectContaining({ code: 'TOOLARGE' }),
      'two',
      expect.objectContaining({ code: 'TOOLARGE' }),
      'three',
    ]);
  });

  it.each([
    'HTTP/1.1 200',
    '$5\r\nabcdefgh',
    '$x\r\n',
    '$-2\r\n',
    '*99999999999\r\n',
    '$9999999999999999\r\n',
    `+${'x'.repeat(70_000)}`,
    '\0',
  ])('refuses %j', (junk) => {
    expect(() => readAll(Buffer.from(junk), 100_000)).toThrow(ProtocolError);
  });

  it('refuses lists in lists without end', () => {
    expect(() => readAll(Buffer.from(`${'*1\r\n'.repeat(10_000)}:1\r\n`), 100_000)).toThrow(/nested too deep/);
  });
});

describe('visitEntries', () => {
  const visited = (reply: string) => {
    const entries: unknown[] = [];
    const reader = new ReplyReader(1e6);
    reader.push(Buffer.from(reply));
    const count = visitEntries(reader.next() as WholeReply, (id, fields) => entries.push([id, fields?.toStrings()]));
    expect(count).toBe(entries.length);
    return entries;
  };

  it('visits entries, also those that are gone', () => {
    const names = [...'abcdefghijklmnop'].flatMap((char) => [char, `${char}x`, 'grün', '']);
    const fields = `*${names.length}\r\n${names.map(bulk).join('')}`;
    const reply = `*1\r\n*2\r\n${bulk('s')}*3\r\n*2\r\n${bulk('1-0')}${fields}*2\r\n${bulk('1-1')}*-1\r\n*2\r\n${bulk('1-2')}*0\r\n`;
    for (let round = 0; round < 2; round++) {
      expect(visited(reply)).toEqual([
        ['1-0', names],
        ['1-1', undefined],
        ['1-2', []],
      ]);
    }
    expect(visited('*-1\r\n')).toEqual([]);
    expect(visited('$-1\r\n')).toEqual([]);
  });

  it.each([1, 5, 1000, 100_000])('visits entries that come in pieces of %i bytes, behind other answers', (size) => {
    const entries = Array.from({ length: 100 }, (_, at) => [
      `7-${at}`,
      Array.from({ length: (at % 60) * 2 }, (_, text) => `${at} ${text} grün`),
    ]);
    const list = entries.map(([id, texts]) => `*2\r\n${bulk(id as string)}*${texts?.length}\r\n${[...(texts ?? [])].map(bulk).join('')}`);
    const whole = `*1\r\n*2\r\n${bulk('s')}*100\r\n${list.join('')}`;
    const bytes = Buffer.from(`+OK\r\n${whole}*2\r\n:1\r\n${bulk('x')}*50000\r\n${bulk('1234').repeat(50_000)}${whole}`);
    const reader = new ReplyReader(Buffer.byteLength(whole));
    const found: unknown[][] = [];
    for (let at = 0; at < bytes.length; at += size) {
      reader.push(bytes.subarray(at, at + size));
      for (let reply = reader.next(); reply !== undefined; reply = reader.next()) {
        if (!reply.bytes.toString('latin1', 0, 8).startsWith('*1\r\n*2')) continue;
        const visited: unknown[] = [];
        visitEntries(reply, (id, fields) => visited.push([id, fields?.toStrings()]));
        found.push(visited);
      }
    }
    expect(found).toEqual([entries, entries]);
  });

  it.each([
    ':1\r\n',
    '+OK\r\n',
    '*2\r\n:1\r\n:2\r\n',
    '*1\r\n:1\r\n',
    `*1\r\n*2\r\n${bulk('s')}*1\r\n:5\r\n`,
    `*1\r\n*2\r\n${bulk('s')}*1\r\n*2\r\n:1\r\n*0\r\n`,
    ...['*2\r\n$1\r\nb\r\n$1\r\nc\r\n', ':7\r\n', '$-1\r\n', '+OK\r\n'].map(
      (value) => `*1\r\n*2\r\n${bulk('s')}*2\r\n*2\r\n${bulk('1-0')}*2\r\n${bulk('a')}${value}*2\r\n${bulk('1-1')}*0\r\n`,
    ),
  ])('refuses %j', (reply) => {
    expect(() => visited(reply)).toThrow(ProtocolError);
  });
});
