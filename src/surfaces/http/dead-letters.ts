import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';

export type DeadLetter = Readonly<{
  id: string;
  source: string;
  index: string;
  reason: string;
  receivedMillis: number;
  /** The bytes as they came. */
  payload: Uint8Array;
}>;

export interface DeadLettersPort {
  /** The newest first; `total` counts all of the source. */
  list(
    options: Readonly<{ limit: number; offset: number; source: string | undefined }>,
  ): Promise<Readonly<{ deadLetters: readonly DeadLetter[]; total: number }>>;
  show(id: string): Promise<DeadLetter | undefined>;
  /** Reads records again; without `ids` all of them. Those that can be read are stored and removed from here. */
  replay(
    options: Readonly<{ ids: readonly string[] | undefined }>,
  ): Promise<Readonly<{ replayed: number; failed: readonly Readonly<{ id: string; reason: string }>[] }>>;
  remove?(id: string): Promise<void>;
}

/** A list is there to choose from: a payload can be as large as a body, and a page has many. */
export const maxListedPayloadBytes = 4096;

const deadLetter = z.strictObject({
  id: z.string(),
  source: z.string(),
  index: z.string(),
  reason: z.string(),
  received: z.iso.datetime(),
  payload: z.string(),
  payload_encoding: z.enum(['utf8', 'base64']).describe('base64 when the bytes are not UTF-8.'),
  payload_bytes: z.int().min(0).describe(`Size of the whole payload; a list has its first ${maxListedPayloadBytes} bytes.`),
});
const page = z.strictObject({ dead_letters: z.array(deadLetter), total: z.int().min(0) });
const replayed = z.strictObject({
  replayed: z.int().min(0),
  failed: z.array(z.strictObject({ id: z.string(), reason: z.string() })),
});
const removed = z.strictObject({ removed: z.literal(1) });

const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error })
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
};

const query = z.strictObject({
  limit: wholeNumber(1, 10_000).default(100),
  offset: wholeNumber(0, 1_000_000_000).default(0),
  source: z.string().min(1).max(200).optional(),
});
const body = z.strictObject({
  ids: z.array(z.string().max(200)).max(10_000).optional().describe('Only these; without it, all. An empty list replays none.'),
});

const unknownId = { description: 'There is no such dead letter.' };

export function deadLetterRoutes(port: DeadLettersPort): readonly ApiRoute[] {
  const { remove } = port;
  const find = async (id: string) => {
    const found = await port.show(id);
    if (found === undefined) throw new AppError('not_found', `There is no dead letter ${JSON.stringify(id.slice(0, 200))}.`);
    return found;
  };
  const removal = (removeOne: NonNullable<typeof remove>) =>
    apiRoute('DELETE', '/api/dead-letters/{id}', {
      id: 'removeDeadLetter',
      summary: 'Drop one record for good.',
      answers: { 200: { description: 'It is gone.', schema: removed }, 404: unknownId },
      handle: async ({ param }) => {
        await removeOne((await find(param('id'))).id);
        return { json: { removed: 1 } };
      },
    });
  return [
    apiRoute('GET', '/api/dead-letters', {
      id: 'listDeadLetters',
      summary: 'Records that could not be read as logs, the newest first.',
      query,
      answers: { 200: { description: 'A page of them.', schema: page } },
      handle: async ({ query: { limit, offset, source } }) => {
        const { deadLetters, total } = await port.list({ limit, offset, source });
        return { json: { dead_letters: deadLetters.map((letter) => printed(letter, maxListedPayloadBytes)), total } };
      },
    }),
    apiRoute('GET', '/api/dead-letters/{id}', {
      id: 'showDeadLetter',
      summary: 'One record that could not be read, whole.',
      answers: { 200: { description: 'The record.', schema: deadLetter }, 404: unknownId },
      handle: async ({ param }) => ({ json: printed(await find(param('id')), Number.POSITIVE_INFINITY) }),
    }),
    apiRoute('POST', '/api/dead-letters/replay', {
      id: 'replayDeadLetters',
      summary: 'Read records again, after the cause was fixed. Those that still cannot be read stay.',
      body,
      answers: { 200: { description: 'What became of them.', schema: replayed } },
      handle: async ({ body: { ids } }) => {
        const answer = await port.replay({ ids });
        return { json: { replayed: answer.replayed, failed: answer.failed.map(({ id, reason }) => ({ id, reason })) } };
      },
    }),
    ...(remove === undefined ? [] : [removal((id) => remove.call(port, id))]),
  ];
}

function printed(letter: DeadLetter, maxPayloadBytes: number): z.output<typeof deadLetter> {
  const { id, source, index, reason, receivedMillis, payload } = letter;
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64';
  const shown = bytes.subarray(0, encoding === 'utf8' ? characterEnd(bytes, maxPayloadBytes) : maxPayloadBytes);
  return {
    id,
    source,
    index,
    reason,
    received: new Date(receivedMillis).toISOString(),
    payload: shown.toString(encoding),
    payload_encoding: encoding,
    payload_bytes: bytes.length,
  };
}

/** The last place at or before `at` that does not split a character of UTF-8, whose further bytes all begin with the bits 10. */
function characterEnd(bytes: Buffer, at: number): number {
  let end = Math.min(at, bytes.length);
  while (end > 0 && end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return end;
}
