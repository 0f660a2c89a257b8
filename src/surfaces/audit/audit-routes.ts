import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { rangeOf, rangeQuery, wholeNumber } from '../traces/request-parts.ts';

type Entry = Readonly<{ actor: string; action: string; resource: string; result: string; details?: unknown }>;
type Receipt = Readonly<{ seq: number; time: string; hash: string }>;
type Stored = Receipt & Entry & Readonly<{ prev: string }>;

export interface AuditPorts {
  /** Resolves when all of them are on the disk. */
  append(entries: readonly Entry[]): Promise<readonly Receipt[]>;
  /** The newest first. Times in milliseconds since the epoch, both ends included; `nextBefore` is undefined on the last page. */
  read(
    query: Readonly<{
      limit: number;
      before: number | undefined;
      fromMillis: number | undefined;
      toMillis: number | undefined;
      actor: string | undefined;
      action: string | undefined;
      resource: string | undefined;
      result: string | undefined;
    }>,
  ): Promise<Readonly<{ records: readonly Stored[]; nextBefore: number | undefined }>>;
  verify(): Promise<z.input<typeof verification>>;
}

const maxRecords = 1000;

const name = z.string();
const details = z.unknown().describe('A JSON object, at most 32 KiB; whole numbers beyond 2^53 as text.');
const entry = z.strictObject({
  actor: name.describe('Who, as the sender says.'),
  action: name.describe('Did what; names that begin with `audit.` are refused.'),
  resource: name.describe('On what.'),
  result: name.describe('What came of it, such as success, failure, denied.'),
  details: details.optional(),
});
const body = z.strictObject({
  ...entry.partial().shape,
  records: z.array(entry).min(1).max(maxRecords).optional().describe('A list instead of one record; all of them are stored, or none.'),
});

const seq = z.int().min(0);
const hash = z.string().describe('SHA-256, hex.');
const receipt = z.strictObject({ seq, time: z.string(), hash });
const stored = z.strictObject({ ...receipt.shape, ...entry.shape, details, prev: hash });

const finding = z.strictObject({
  kind: z.enum(['changed', 'missing', 'inserted', 'reordered', 'truncated', 'checkpoint', 'anchor', 'key']),
  seq: seq.nullable().describe('First record that it is about.'),
  until: seq.nullable().describe('Last record that it is about.'),
  file: z.string(),
  line: z.int().min(1).nullable(),
  message: z.string(),
});
const verification = z.strictObject({
  ok: z.boolean(),
  findings: z.array(finding).readonly(),
  unlisted: z.int().min(0).describe('Findings that are not listed.'),
  records: z.int().min(0),
  files: z.int().min(0),
  first: seq,
  head: z.strictObject({ seq, hash }).nullable().describe('The last record. Keep it elsewhere: it proves later that nothing has changed.'),
  signed: z.strictObject({ seq, time: z.string() }).nullable(),
  unsigned: z.int().min(0).describe('Records behind the newest signature.'),
  notes: z.array(z.string()).readonly(),
});

const filterText = z.string().min(1).max(4096).optional();

const millis = (nanos: bigint | undefined, roundUp: boolean): number | undefined =>
  nanos === undefined ? undefined : Number((nanos + (roundUp ? 999_999n : 0n)) / 1_000_000n);

function entriesOf({ records, ...one }: z.output<typeof body>): readonly Entry[] {
  if (records !== undefined) {
    if (Object.keys(one).length > 0) throw new AppError('bad_request', 'member records: Send either a list, or the members of one record.');
    return records;
  }
  const parsed = entry.safeParse(one);
  if (parsed.success) return [parsed.data];
  const missing = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new AppError('bad_request', `member ${missing}: An audit record needs actor, action, resource and result.`);
}

/** The audit log over HTTP. Nothing there can be changed or removed. */
export function auditRoutes(audit: AuditPorts, now: () => number = Date.now): readonly ApiRoute[] {
  return [
    apiRoute('POST', '/api/audit', {
      id: 'appendAudit',
      summary: 'Record who did what on which resource, and with which result.',
      body,
      answers: {
        201: { description: 'They are on the disk, in this order.', schema: z.strictObject({ records: z.array(receipt) }) },
        413: { description: 'The details of a record, or the body, are too large.' },
        429: { description: 'The disk is full, or too much waits for it. Nothing is stored.' },
      },
      handle: async ({ body: given }) => {
        const receipts = await audit.append(entriesOf(given));
        return { status: 201, json: { records: receipts.map(({ seq, time, hash }) => ({ seq, time, hash })) } };
      },
    }),
    apiRoute('GET', '/api/audit', {
      id: 'listAudit',
      summary: 'Audit records, the newest first.',
      query: z.strictObject({
        ...rangeQuery,
        actor: filterText,
        action: filterText,
        resource: filterText,
        result: filterText,
        before: z
          .string()
          .regex(/^\d{1,15}$/, { error: 'must be the number of a record' })
          .transform(Number)
          .optional()
          .describe('Only records with smaller numbers: `next_before` of the page before.'),
        limit: wholeNumber(1, 1000, 100),
      }),
      answers: {
        200: {
          description: 'A page. As long as `next_before` is there, older records may follow, even when this page is short or empty.',
          schema: z.strictObject({ records: z.array(stored), next_before: seq.optional() }),
        },
      },
      handle: async ({ query: { start, end, actor, action, resource, result, before, limit } }) => {
        const { from, to } = rangeOf({ start, end }, now());
        const fromMillis = millis(from, true);
        const toMillis = millis(to, false);
        const page = await audit.read({ limit, before, fromMillis, toMillis, actor, action, resource, result });
        return { json: { records: page.records, ...(page.nextBefore === undefined ? {} : { next_before: page.nextBefore }) } };
      },
    }),
    apiRoute('GET', '/api/audit/verification', {
      id: 'verifyAudit',
      summary: 'Check that no audit record was changed, removed, inserted, moved or cut off.',
      answers: { 200: { description: 'What was found; `ok` is false when there is a finding.', schema: verification } },
      handle: async () => ({ json: await audit.verify() }),
    }),
  ];
}
