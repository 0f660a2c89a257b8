import { Client as OpenSearch } from '@opensearch-project/opensearch';
import { Client as Client7 } from 'es7';
import { Client as Client8 } from 'es8';
import { Client as Client9 } from 'es9';

/** What the four clients have in common. Versions 7 and OpenSearch wrap answers in `body`, versions 8 and 9 give them bare. */
type Method = (parameters?: object, options?: object) => Promise<unknown>;

/** An answer, or a part of one, whose shape the test knows: read as an object or as a list, compared as what it is. */
export type Json = { readonly [name: string]: Json } & readonly Json[];

type ClientHelpers = Readonly<{
  bulk: (options: object) => Promise<{ total: number; successful: number; failed: number; aborted: boolean }>;
  scrollSearch: (parameters: object) => AsyncIterable<{ documents: object[] }>;
  scrollDocuments: (parameters: object) => AsyncIterable<object>;
  search: (parameters: object) => Promise<object[]>;
}>;

export type PublishedClient = Readonly<{
  name: string;
  /** Calls a method such as `indices.create` and gives the body of the answer; what is for the body stands in `body`. */
  send: (method: string, parameters?: object, body?: object) => Promise<Json>;
  /** Status and error type of a call that must fail. */
  failure: (method: string, parameters?: object, body?: object) => Promise<[number | undefined, string | undefined]>;
  helpers: ClientHelpers;
  close: () => Promise<void>;
}>;

type Created = { close(): Promise<void>; helpers: unknown };

const factories: Readonly<Record<string, (node: string) => Created>> = {
  'elasticsearch 7': (node) => new Client7({ node }),
  'elasticsearch 8': (node) => new Client8({ node, compression: true }),
  'elasticsearch 9': (node) => new Client9({ node }),
  opensearch: (node) => new OpenSearch({ node }),
};

export const clientNames = Object.keys(factories);

/** A client of this name, as its users get it from npm. */
export function connectClient(name: string, node: string): PublishedClient {
  const client = factories[name]?.(node) as Created;
  const wrapped = name === 'elasticsearch 7' || name === 'opensearch';
  const send: PublishedClient['send'] = async (path, parameters = {}, body) => {
    const names = path.split('.');
    const method = names.pop() as string;
    const owner = names.reduce<Record<string, unknown>>((at, part) => at[part] as Record<string, unknown>, client as never);
    // NDJSON bodies are lists; the newer clients call them `operations` and `searches`, and take `body` for them too.
    const merged = body === undefined ? parameters : wrapped || Array.isArray(body) ? { ...parameters, body } : { ...parameters, ...body };
    const answer = await (owner[method] as Method).call(owner, merged);
    return (wrapped ? (answer as { body: unknown }).body : answer) as Json;
  };
  return {
    name,
    send,
    failure: async (...call) => {
      const error = await send(...call).then(
        () => undefined,
        (reason: { statusCode?: number; meta?: { statusCode: number; body?: { error?: { type?: string } } } }) => reason,
      );
      return [error?.meta?.statusCode ?? error?.statusCode, error?.meta?.body?.error?.type];
    },
    helpers: client.helpers as ClientHelpers,
    close: () => client.close(),
  };
}
