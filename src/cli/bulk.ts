import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import type { ServerResponse } from './server-client.ts';

const actionLine = Buffer.from('{"create":{}}\n');
const lineEnd = Buffer.from('\n');

/** A `_bulk` body that creates each document (one JSON object without line ends) under an id that the server chooses. */
export const bulkBody = (documents: readonly Uint8Array[]): Buffer =>
  Buffer.concat(documents.flatMap((document) => [actionLine, document, lineEnd]));

const bulkAnswer = z.object({
  errors: z.boolean(),
  items: z.array(
    z.record(
      z.string(),
      z.object({
        status: z.number(),
        error: z.union([z.string(), z.object({ reason: z.string().optional(), type: z.string().optional() })]).optional(),
      }),
    ),
  ),
});

export type BulkOutcome = Readonly<{ status: number; reason: string }>;

/**
 * The outcome of each document of a bulk request, in order.
 * @throws AppError `bad_request` when the answer does not speak about each of the `expected` documents.
 */
export function bulkOutcomes(response: ServerResponse, expected: number): BulkOutcome[] {
  let answer: unknown;
  try {
    answer = JSON.parse(response.body.toString('utf8'));
  } catch (error) {
    throw new AppError('bad_request', 'The answer to a bulk request is not JSON. Is --url a meshscope?', { cause: error });
  }
  const parsed = bulkAnswer.safeParse(answer);
  if (!parsed.success || parsed.data.items.length !== expected) {
    throw new AppError(
      'bad_request',
      `The answer to a bulk request does not speak about each of its ${expected} records. Is --url a meshscope?`,
    );
  }
  return parsed.data.items.map((item) => {
    const { status = 0, error } = Object.values(item)[0] ?? {};
    const reason = typeof error === 'string' ? error : (error?.reason ?? error?.type ?? `status ${status}`);
    return { status, reason };
  });
}

export const isAcknowledged = ({ status }: BulkOutcome): boolean => status >= 200 && status <= 299;
