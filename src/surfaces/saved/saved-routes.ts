import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';

/** What a person saved; `content` is JSON text. */
type Saved = Readonly<{ id: string; title: string; content: string; updatedMillis: number }>;

export interface SavedPort {
  list(kind: string): Promise<readonly Saved[]>;
  find(kind: string, id: string): Promise<Saved | undefined>;
  /** Rejects with AppError `conflict` when `expectedMillis` is not when it was last saved. */
  save(object: Readonly<{ kind: string; id: string; title: string; content: string; expectedMillis: number | undefined }>): Promise<Saved>;
  /** Whether there was one. */
  remove(kind: string, id: string): Promise<boolean>;
}

const kinds = ['dashboard', 'search'] as const;

const content = z.record(z.string(), z.unknown()).describe('Any JSON object, up to 512 KiB.');
/** As it was read: what makes objects of members anew leaves `__proto__` out. */
const givenContent = z
  .custom<Readonly<Record<string, unknown>>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'must be an object',
  })
  .meta({ type: 'object', description: 'Any JSON object, up to 512 KiB.' });
const item = z.strictObject({ id: z.string(), title: z.string(), updated: z.iso.datetime(), content });
const maxContentBytes = 512 * 1024;

const printed = ({ id, title, content: text, updatedMillis }: Saved): z.output<typeof item> => ({
  id,
  title,
  updated: new Date(updatedMillis).toISOString(),
  content: JSON.parse(text) as Record<string, unknown>,
});

function readKind(kind: string): string {
  if ((kinds as readonly string[]).includes(kind)) return kind;
  throw new AppError('not_found', `Nothing of the kind ${JSON.stringify(kind.slice(0, 100))} can be saved; only ${kinds.join(' and ')}.`);
}

function readId(id: string): string {
  if (/^[\w-]{1,64}$/.test(id)) return id;
  throw new AppError('bad_request', 'An id has 1 to 64 letters, digits, _ and -.');
}

const unknown = (kind: string, id: string) => new AppError('not_found', `There is no ${kind} ${JSON.stringify(id.slice(0, 100))}.`);

/** Dashboards and searches that people keep. */
export const savedRoutes = (saved: SavedPort): readonly ApiRoute[] => [
  apiRoute('GET', '/api/saved/{kind}', {
    id: 'listSaved',
    summary: 'All that was saved of one kind (dashboard or search), by title.',
    answers: { 200: { description: 'None is no error.', schema: z.strictObject({ items: z.array(item) }) } },
    handle: async ({ param }) => ({ json: { items: (await saved.list(readKind(param('kind')))).map(printed) } }),
  }),
  apiRoute('GET', '/api/saved/{kind}/{id}', {
    id: 'showSaved',
    summary: 'One of them.',
    answers: { 200: { description: 'As it was saved.', schema: item }, 404: { description: 'There is none of this id.' } },
    handle: async ({ param }) => {
      const [kind, id] = [readKind(param('kind')), readId(param('id'))];
      const found = await saved.find(kind, id);
      if (found === undefined) throw unknown(kind, id);
      return { json: printed(found) };
    },
  }),
  apiRoute('PUT', '/api/saved/{kind}/{id}', {
    id: 'save',
    summary: 'Save one, in place of what has the same id.',
    body: z.strictObject({
      title: z
        .string()
        .trim()
        .min(1)
        .max(200)
        .transform((text) => text.toWellFormed()),
      content: givenContent,
      expected: z.iso.datetime().optional().describe('`updated` of what is to be replaced; a 409 says that someone else was faster.'),
    }),
    answers: { 200: { description: 'It is saved.', schema: item }, 409: { description: 'It has changed since it was read.' } },
    handle: async ({ param, body: { title, content: given, expected } }) => {
      const text = JSON.stringify(given);
      if (Buffer.byteLength(text) > maxContentBytes)
        throw new AppError('too_large', `member content: is larger than ${maxContentBytes} bytes.`);
      const expectedMillis = expected === undefined ? undefined : Date.parse(expected);
      return {
        json: printed(await saved.save({ kind: readKind(param('kind')), id: readId(param('id')), title, content: text, expectedMillis })),
      };
    },
  }),
  apiRoute('DELETE', '/api/saved/{kind}/{id}', {
    id: 'removeSaved',
    summary: 'Remove one for good.',
    answers: {
      200: { description: 'It is gone.', schema: z.strictObject({ removed: z.literal(1) }) },
      404: { description: 'There is none of this id.' },
    },
    handle: async ({ param }) => {
      const [kind, id] = [readKind(param('kind')), readId(param('id'))];
      if (!(await saved.remove(kind, id))) throw unknown(kind, id);
      return { json: { removed: 1 } };
    },
  }),
];
