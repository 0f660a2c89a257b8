import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { type AssemblerOptions, createLineAssembler, isMidLine, type LineAssembler } from './line-assembler.ts';

type Doc = Record<string, unknown>;
const drained = (assembler: LineAssembler): Doc[] =>
  assembler.drain().documents.map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as Doc);

function assemble(input: string | Uint8Array, options: AssemblerOptions = {}): Doc[] {
  const assembler = createLineAssembler(options);
  assembler.push(Buffer.from(input as string), 0);
  assembler.end(0);
  return drained(assembler);
}
const messages = (input: string, options?: AssemblerOptions) => assemble(input, options).map((doc) => doc.msg);

const pythonChained = `2026-01-05T14:24:38Z [ERROR] app: call failed
Traceback (most recent call last):
  File "a.py", line 1, in f
    g()
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in f
    raise ValueError("boom: it")
app.errors.ToolError: boom: it
`;
const java = `2026-01-05T14:24:38.123Z ERROR request failed
java.lang.IllegalStateException: no agent
\tat com.example.App.run(App.java:10)
\t... 3 more
Caused by: java.io.IOException: refused
\tat com.example.Net.open(Net.java:5)
`;
const node = `TypeError: Cannot read properties of undefined
    at run (/app/x.js:10:5)
    at node:internal/main:1:1 {
  code: 'E_X'
}
`;

describe('joining', () => {
  it('joins a chained Python traceback to the line that logged it', () => {
    expect(assemble(`${pythonChained}INFO:root:next\n`)).toEqual([
      {
        timestamp: '2026-01-05T14:24:38.000Z',
        level: 'ERROR',
        name: 'app',
        msg: 'call failed',
        exception: {
          type: 'app.errors.ToolError',
          message: 'boom: it',
          traceback: pythonChained.slice(pythonChained.indexOf('Trace'), -1),
        },
      },
      { level: 'INFO', name: 'root', msg: 'next' },
    ]);
  });

  it('joins a Python traceback that stands alone', () => {
    expect(assemble('before\nTraceback (most recent call last):\n  File "a"\nKeyboardInterrupt\nafter\n')).toEqual([
      { msg: 'before' },
      {
        level: 'ERROR',
        msg: 'KeyboardInterrupt: ',
        exception: {
          type: 'KeyboardInterrupt',
          message: '',
          traceback: 'Traceback (most recent call last):\n  File "a"\nKeyboardInterrupt',
        },
      },
      { msg: 'after' },
    ]);
  });

  it('joins a Java stack trace with its causes', () => {
    expect(assemble(java)).toEqual([
      {
        timestamp: '2026-01-05T14:24:38.123Z',
        level: 'ERROR',
        msg: 'request failed',
        exception: { type: 'java.lang.IllegalStateException', message: 'no agent', traceback: java.slice(java.indexOf('java.lang'), -1) },
      },
    ]);
  });

  it('joins a Node stack trace', () => {
    expect(assemble(node)).toEqual([
      {
        level: 'ERROR',
        msg: 'TypeError: Cannot read properties of undefined',
        exception: { type: 'TypeError', message: 'Cannot read properties of undefined', traceback: node.slice(0, -1) },
      },
    ]);
  });

  it('reads an object that was printed over several lines', () => {
    expect(assemble('{\n  "a": [\n    {"b": 1}\n  ]\n}\n{"c":1}\n')).toEqual([{ a: [{ b: 1 }] }, { c: 1 }]);
  });

  it('keeps lines apart that do not belong together', () => {
    expect(messages('a\nb\n\nc\n  d\n\ne\n')).toEqual(['a', 'b', 'c\n  d', 'e']);
    expect(messages('a\n  b\n', { multiline: false })).toEqual(['a', '  b']);
    expect(assemble('a\n{"x":1}\n  b\n')).toEqual([{ msg: 'a' }, { x: 1 }, { msg: '  b' }]);
  });

  it('bounds the lines and characters of a record', () => {
    expect(assemble(`start\n${' x\n'.repeat(2500)}`).length).toBe(3);
    expect(assemble(`start\n${`${' '.repeat(300_000)}x\n`.repeat(10)}`).length).toBe(4);
  });

  it('waits for a quiet time and not longer', () => {
    const assembler = createLineAssembler({ quietMillis: 500 });
    assembler.push(Buffer.from('a\n'), 1000);
    assembler.flushQuiet(1499);
    expect(assembler.drain()).toEqual({ documents: [], deadLetters: [], consumed: 0 });
    assembler.push(Buffer.from(' b\n'), 1499);
    assembler.flushQuiet(1998);
    expect(drained(assembler)).toEqual([]);
    assembler.flushQuiet(1999);
    const { documents, consumed } = assembler.drain();
    expect([Buffer.concat(documents).toString(), consumed]).toEqual(['{"msg":"a\\n b"}', 5]);
  });
});

const cri = (stream: string, flag: string, text: string) => `2026-01-05T14:24:38.1Z ${stream} ${flag} ${text}\n`;

describe('container lines', () => {
  it('joins partial lines of each stream', () => {
    const input = cri('stdout', 'P', '{"a":') + cri('stderr', 'F', 'E') + cri('stdout', 'P', '1') + cri('stdout', 'F', '}');
    const docs = assemble(input);
    expect(docs).toContainEqual({ a: 1, '@timestamp': '2026-01-05T14:24:38.1Z', stream: 'stdout' });
    expect(docs).toContainEqual({ msg: 'E', '@timestamp': '2026-01-05T14:24:38.1Z', stream: 'stderr' });
    expect(docs).toHaveLength(2);
  });

  it('joins pieces of Docker, which end without a line end', () => {
    const docker = (log: string) => `${JSON.stringify({ log, stream: 'stdout', time: '2026-01-05T14:24:38.1Z' })}\n`;
    expect(
      messages(docker('a') + docker('b\n') + docker('Traceback (most recent call last):\n') + docker('  F\n') + docker('E: m\n')),
    ).toEqual(['ab', 'E: m']);
  });

  it('joins tracebacks of one stream through lines of the other', () => {
    const input = ['stderr', 'Traceback (most recent call last):', 'stdout', 'out', 'stderr', '  File', 'stderr', 'ValueError: x'];
    const lines = Array.from({ length: 4 }, (_, at) => cri(input[at * 2] as string, 'F', input[at * 2 + 1] as string)).join('');
    expect(messages(lines).toSorted()).toEqual(['ValueError: x', 'out']);
  });

  it('cuts a line of pieces at the limit', () => {
    const assembler = createLineAssembler({ maxLineBytes: 100, name: '/x' });
    assembler.push(
      Buffer.from(
        cri('stdout', 'P', 'a'.repeat(60)) + cri('stdout', 'P', 'b'.repeat(60)) + cri('stdout', 'F', 'c') + cri('stdout', 'F', 'd'),
      ),
      0,
    );
    assembler.end(0);
    const { documents, deadLetters } = assembler.drain();
    expect(documents.map((bytes) => (JSON.parse(Buffer.from(bytes).toString()) as Doc).msg)).toEqual([
      'a'.repeat(60) + 'b'.repeat(40),
      'd',
    ]);
    expect(deadLetters.map(({ payload }) => Buffer.from(payload).toString()).join('|')).toBe(`${'b'.repeat(20)}|c`);
  });

  it('does not hold back for ever where records of two streams straddle each other', () => {
    const assembler = createLineAssembler({ quietMillis: 1e9 });
    let most = 0;
    let count = 0;
    for (let round = 0; round < 40_000; round += 1) {
      assembler.push(
        Buffer.from(
          cri(round % 2 ? 'stdout' : 'stderr', 'P', 'x'.repeat(200)) + cri(round % 2 ? 'stderr' : 'stdout', 'F', 'y'.repeat(200)),
        ),
        0,
      );
      if (round % 100 === 0) count += assembler.drain().documents.length;
      most = Math.max(most, assembler.heldBytes());
    }
    expect(most).toBeLessThan(6e6);
    expect(count).toBeGreaterThan(20_000);
  });
});

describe('bytes', () => {
  it('drops NULs and carriage returns, skips blank lines, and emits a last line only at the end', () => {
    const assembler = createLineAssembler();
    assembler.push(Buffer.from('\0\0\0{"a":1}\r\n\r\n\0\0\n{"b"\0:2}\n{"c":3}'), 0);
    expect(drained(assembler)).toEqual([{ a: 1 }, { b: 2 }]);
    assembler.end(0);
    expect(drained(assembler)).toEqual([{ c: 3 }]);
  });

  it('passes a huge hole without keeping it', () => {
    const assembler = createLineAssembler();
    const hole = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < 64; at += 1) assembler.push(hole, 0);
    expect(assembler.heldBytes()).toBe(0);
    assembler.push(Buffer.from('{"a":1}\n'), 0);
    expect(assembler.drain().consumed).toBe(64 * 1024 * 1024 + 8);
  });

  it('keeps the beginning of a line over the limit, and the rest as dead letters', () => {
    const assembler = createLineAssembler({ maxLineBytes: 10, name: '/var/x.log' });
    for (const chunk of ['01234', '567', '89abcdef', 'gh\nnext\n']) assembler.push(Buffer.from(chunk), 0);
    assembler.end(0);
    const { documents, deadLetters } = assembler.drain();
    expect(documents.map((bytes) => Buffer.from(bytes).toString())).toEqual(['{"msg":"0123456789","truncated":true}', '{"msg":"next"}']);
    expect(Buffer.concat(deadLetters.map(({ payload }) => payload)).toString()).toBe('abcdefgh');
    expect(deadLetters[0]?.reason).toBe('part of a line of /var/x.log behind its first 10 bytes');
  });

  it('goes on inside a line', () => {
    const assembler = createLineAssembler({ midLine: true });
    assembler.push(Buffer.from('rest\nnext\n'), 0);
    assembler.end(0);
    const { documents, deadLetters } = assembler.drain();
    expect([Buffer.concat(documents).toString(), deadLetters.length]).toEqual(['{"msg":"next"}', 1]);
  });

  it('keeps the bytes of the lines that are not UTF-8', () => {
    const docs = assemble(Buffer.concat([Buffer.from('ok\n a'), Buffer.from([0xff]), Buffer.from('\nb\n')]));
    expect(docs).toEqual([{ msg: 'ok\n a\ufffd', raw_base64: Buffer.from([0x20, 0x61, 0xff]).toString('base64') }, { msg: 'b' }]);
  });
});

const anyLine = fc.oneof(
  fc.constantFrom(...pythonChained.split('\n'), ...java.split('\n'), ...node.split('\n'), '', '{"a":1}', '{', '}', 'INFO:root:x', '\0\0x'),
  fc
    .tuple(fc.constantFrom('stdout', 'stderr'), fc.constantFrom('P', 'F'), fc.constantFrom('x', '  at y', '{"b":2}', 'E: z'))
    .map(([s, f, t]) => cri(s, f, t).slice(0, -1)),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const anyInput = fc
  .tuple(fc.array(anyLine, { maxLength: 40 }), fc.uint8Array({ maxLength: 20 }))
  .map(([lines, tail]) => Buffer.concat([Buffer.from(lines.join('\n')), tail]));
const options: AssemblerOptions = { maxLineBytes: 64, fields: { hostname: 'h' } };

/** All that comes out when the input is pushed in pieces that end at `cuts`. */
function run(input: Buffer, cuts: readonly number[]): { documents: string[]; deadLetters: string; consumed: number } {
  const assembler = createLineAssembler(options);
  const documents: string[] = [];
  const rest: Uint8Array[] = [];
  let consumed = 0;
  const take = () => {
    const out = assembler.drain();
    documents.push(...out.documents.map((bytes) => Buffer.from(bytes).toString()));
    rest.push(...out.deadLetters.map(({ payload }) => payload));
    consumed = out.consumed;
  };
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (input.length + 1)).toSorted((a, b) => a - b), input.length]) {
    assembler.push(Buffer.from(input.subarray(from, cut)), 0);
    from = cut;
    take();
  }
  assembler.end(0);
  take();
  return { documents, deadLetters: Buffer.concat(rest).toString('hex'), consumed };
}

describe('properties', () => {
  it('does not depend on where chunks end', () => {
    fc.assert(
      fc.property(anyInput, fc.array(fc.nat(), { maxLength: 8 }), (input, cuts) => {
        const whole = run(input, []);
        const pieces = run(input, cuts);
        // Drained earlier, documents of two streams may come in another order.
        expect(pieces.documents.toSorted()).toEqual(whole.documents.toSorted());
        expect([pieces.consumed, pieces.deadLetters]).toEqual([whole.consumed, whole.deadLetters]);
        expect(whole.consumed).toBe(input.length);
      }),
      randomCases(250),
    );
  });

  it('can go on at any point that it calls consumed', () => {
    fc.assert(
      fc.property(anyInput, fc.nat(), (input, at) => {
        const cut = at % (input.length + 1);
        const first = createLineAssembler(options);
        first.push(Buffer.from(input.subarray(0, cut)), 0);
        const { documents, deadLetters, consumed } = first.drain();
        const midLine = isMidLine(input[consumed - 1]);
        const second = createLineAssembler({ ...options, midLine });
        second.push(Buffer.from(input.subarray(consumed)), 0);
        second.end(0);
        const after = second.drain();
        const texts = [...documents, ...after.documents].map((bytes) => Buffer.from(bytes).toString());
        const rest = [...deadLetters, ...after.deadLetters].map(({ payload }) => payload);
        const whole = run(input, []);
        expect(texts.toSorted()).toEqual(whole.documents.toSorted());
        expect(Buffer.concat(rest).toString('hex')).toBe(whole.deadLetters);
      }),
      randomCases(250),
    );
  });
});
