import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { decodeMultiStream, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logAliases } from '../../src/model/log-fields.ts';
import {
  type AnyObject,
  type AnyValue,
  anyDocument,
  canonicalJson,
  isNumeral,
  type Leaf,
  leavesOf,
  printJson,
} from '../harness/any-document.ts';
import { randomCases } from '../harness/random-cases.ts';
import { builtCli, eventually, type ServerProcess, startServer, temporaryData } from '../harness/server-process.ts';

/** MESHSCOPE_TEST_SEED tries other documents. */
const seed = Number(process.env.MESHSCOPE_TEST_SEED ?? 20_261_120);
const perDoor = randomCases(20).numRuns;

/** Fields that doors add beside those of the record. */
const added = ['@timestamp', 'tag', 'hostname', 'environment', 'cluster_name', 'fluent_tag', 'fluent_time', 'fluent_metadata'];
const probe = 'probe';

type Door = Readonly<{ name: string; index: string; send: (documents: readonly AnyObject[]) => Promise<void> }>;

let server: ServerProcess;
const folder = temporaryData();
const logs = join(folder, 'logs');

beforeAll(async () => {
  mkdirSync(logs);
  server = await startServer({
    flags: ['--files.paths', `${logs}/*.log`, '--files.index', 'property-file', '--forward.index', 'property-forward'],
  });
});
afterAll(() => server.stop());

async function post(path: string, body: string, type = 'application/json'): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
}

async function okText(response: Response): Promise<string> {
  const text = await response.text();
  expect(response.ok, text.slice(0, 1000)).toBe(true);
  return text;
}

const doors: readonly Door[] = [
  {
    name: '_bulk',
    index: 'property-bulk',
    send: async (documents) => {
      const body = documents.map((document) => `{"index":{}}\n${printJson(document)}\n`).join('');
      const text = await okText(await post('/property-bulk/_bulk', body, 'application/x-ndjson'));
      expect(text.slice(0, 1000)).toContain('"errors":false');
    },
  },
  {
    name: '_doc',
    index: 'property-doc',
    send: async (documents) => {
      for (const [at, document] of documents.entries()) {
        // Automatic and explicit ids are written by different code.
        await okText(await post(`/property-doc/_doc${at % 2 ? `/id-${at}` : ''}`, printJson(document)));
      }
    },
  },
  { name: 'Fluent Forward', index: 'property-forward', send: sendForward },
  {
    name: 'a followed file',
    index: 'property-file',
    send: async (documents) => {
      appendFileSync(join(logs, 'app.log'), documents.map((document) => `${printJson(document)}\n`).join(''));
    },
  },
  { name: 'meshscope ingest', index: 'property-stdin', send: sendStandardInput },
];

async function sendForward(documents: readonly AnyObject[]): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: server.forwardPort });
  const answers = decodeMultiStream(socket)[Symbol.asyncIterator]();
  const entries = documents.map((document) => [1_795_168_800, plainValue(document)]);
  socket.write(encode(['property', entries, { chunk: 'property' }], { useBigInt64: true, maxDepth: 1000 }));
  expect((await answers.next()).value).toEqual({ ack: 'property' });
  socket.destroy();
}

/** What MessagePack can say: integers of 64 bits and doubles. */
function plainValue(value: AnyValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...(value as AnyObject)].map(([key, inner]) => [key, plainValue(inner)]));
  if (Array.isArray(value)) return value.map(plainValue);
  return value;
}

async function sendStandardInput(documents: readonly AnyObject[]): Promise<void> {
  const child = spawn(process.execPath, [builtCli, 'ingest', '--url', server.url, '--index', 'property-stdin'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  child.stdin.end(documents.map((document) => `${printJson(document)}\n`).join(''));
  await once(child, 'close');
  expect(told).toBe(`meshscope: ${documents.length} records acknowledged.\n`);
}

/** Documents for a door; MessagePack has neither number texts nor larger integers, so those become what it has. */
function documentsFor(door: Door, at: number): AnyObject[] {
  const drawn = fc.sample(anyDocument([probe, ...added]), { numRuns: perDoor, seed: seed + at });
  const own = door.name === 'Fluent Forward' ? drawn.map((document) => asMessagePack(document) as AnyObject) : drawn;
  return own.map((document, number) => new Map([...document, [probe, `${door.index}-${number}`]]));
}

function asMessagePack(value: AnyValue): AnyValue {
  if (value instanceof Map) return new Map([...(value as AnyObject)].map(([key, inner]) => [key, asMessagePack(inner)]));
  if (Array.isArray(value)) return value.map(asMessagePack);
  if (typeof value === 'bigint' && (value > 2n ** 64n - 1n || value < -(2n ** 63n))) return Number(value);
  if (isNumeral(value)) return Number.isFinite(Number(value.numeral)) ? Number(value.numeral) : value.numeral;
  return value;
}

/** The value of the top-level member `_source` in the text of a hit. */
const sourcePattern = /"_source":(\{.*\})\}\]\}/s;

/** `_source` as text, without what the door added. */
function withoutAdded(text: string): string {
  const parsed = JSON.parse(canonicalJson(text)) as [string, ...[string, unknown][]];
  return JSON.stringify(parsed.filter((member) => !added.includes(member[0] as string)));
}

/**
 * A query for one leaf. `.keyword` is the whole string, and never a date. A number where strings are too is among them as its text, as
 * in a keyword field.
 */
function termFor({ path, value }: Leaf): string {
  const term = (field: string, text: string) => `{"term":{${JSON.stringify(field)}:{"value":${text}}}}`;
  if (typeof value === 'string') return term(`${path}.keyword`, JSON.stringify(value));
  const text = printJson(value);
  return `{"bool":{"should":[${term(path, text)},${term(path, JSON.stringify(text))}]}}`;
}

const timeNames = ['timestamp', ...logAliases.timestamp];

/**
 * What no query can ask for: numbers that no double holds, minus zero (a number that may be written in two ways among strings), values
 * under the names of the record's time (the time is what is searched), and names that begin with an empty key, which Elasticsearch refuses.
 */
function canBeAsked({ path, value }: Leaf): boolean {
  const number = isNumeral(value) ? Number(value.numeral) : value;
  if (typeof number === 'number' && (!Number.isFinite(number) || Object.is(number, -0))) return false;
  return !timeNames.includes(path) && !path.startsWith('.') && path !== '';
}

type MultiAnswer = {
  responses: {
    error?: { reason: string };
    hits?: { total: { value: number } };
    aggregations?: { found: { buckets: Record<string, { doc_count: number }> } };
  }[];
};

describe.each(doors.map((door, at) => [door.name, door, at] as const))('any document through %s', (_name, door, at) => {
  let documents: AnyObject[];
  beforeAll(async () => {
    documents = documentsFor(door, at);
    await door.send(documents);
    await eventually('every document is there', async () => {
      await post(`/${door.index}/_refresh`, '');
      const response = await post(`/${door.index}/_count`, '{}');
      return response.ok && ((await response.json()) as { count: number }).count >= documents.length;
    });
  });

  it('comes back equal', async () => {
    const searches = documents
      .map((document) => `{}\n{"query":{"term":{"probe.keyword":${printJson(document.get(probe) ?? null)}}}}\n`)
      .join('');
    const text = await okText(await post(`/${door.index}/_msearch`, searches, 'application/x-ndjson'));
    const hits = text.split('{"took":').slice(2);
    expect(hits).toHaveLength(documents.length);
    const wrong = documents.flatMap((document, number) => {
      const sent = printJson(document);
      const source = sourcePattern.exec(hits[number] as string)?.[1] ?? '{}';
      return withoutAdded(source) === withoutAdded(sent) ? [] : [{ sent, source }];
    });
    expect(wrong.sort((a, b) => a.sent.length - b.sent.length).slice(0, 3)).toEqual([]);
  });

  it('is found by each of its fields', async () => {
    const asked = documents.map((document) => {
      const leaves = leavesOf(document).filter(canBeAsked);
      const filters = leaves.flatMap((leaf, number) => [
        `"e${number}":{"exists":{"field":${JSON.stringify(leaf.path)}}}`,
        `"t${number}":${termFor(leaf)}`,
      ]);
      const query = `{"term":{"probe.keyword":${printJson(document.get(probe) ?? null)}}}`;
      return { leaves, body: `{}\n{"size":0,"query":${query},"aggs":{"found":{"filters":{"filters":{${filters}}}}}}\n` };
    });
    const wrong: string[] = [];
    for (let first = 0; first < asked.length; first += 20) {
      const group = asked.slice(first, first + 20);
      const text = await okText(await post(`/${door.index}/_msearch`, group.map(({ body }) => body).join(''), 'application/x-ndjson'));
      const { responses } = JSON.parse(text) as MultiAnswer;
      for (const [position, { leaves, body }] of group.entries()) {
        const answer = responses[position];
        if (answer?.hits?.total.value !== 1) wrong.push(`${JSON.stringify(answer).slice(0, 600)} for ${body}`);
        const buckets = answer?.aggregations?.found.buckets ?? {};
        for (const [name, { doc_count }] of Object.entries(buckets)) {
          const leaf = leaves[Number(name.slice(1))] as Leaf;
          if (doc_count !== 1)
            wrong.push(
              `${name.startsWith('e') ? 'exists' : 'term'} ${JSON.stringify(leaf.path)}: ${printJson(leaf.value)} in ${printJson(documents[first + position] as AnyObject)}`,
            );
        }
      }
    }
    expect(wrong.sort((a, b) => a.length - b.length).slice(0, 10)).toEqual([]);
    expect(asked.flatMap(({ leaves }) => leaves).length).toBeGreaterThan(perDoor * 3);
  });
});
