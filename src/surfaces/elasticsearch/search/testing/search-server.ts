import Fastify, { type FastifyInstance } from 'fastify';
import type { Catalogue } from '../../../../catalogue/catalogue.ts';
import { putIndexTemplate } from '../../../../catalogue/change-templates.ts';
import type { JsonObject } from '../../../../lib/json/json-text.ts';
import type { Search } from '../../../../queries/search/search.ts';
import type { SearchPorts } from '../../../../queries/search/search-ports.ts';
import type { LogTable } from '../../../../queries/search/testing/log-table.ts';
import { openSearch } from '../../../../queries/search/testing/open-search.ts';
import { elasticsearchServerOptions, frameDefaults, registerElasticsearch } from '../../frame.ts';
import { addSearch } from '../add-search.ts';

/** The search half of Elasticsearch's API on a real port, over a real engine. */
export class SearchServer {
  readonly table: LogTable;
  readonly catalogue: Catalogue;
  readonly search: Search;
  readonly app: FastifyInstance;
  readonly url: string;
  /** Names of the ports that were called. */
  readonly calls: string[] = [];
  now = Date.now();

  private constructor(table: LogTable, catalogue: Catalogue, app: FastifyInstance, url: string, search: Search) {
    this.table = table;
    this.catalogue = catalogue;
    this.app = app;
    this.url = url;
    this.search = search;
  }

  static async open(more: Partial<SearchPorts> = {}): Promise<SearchServer> {
    const holder: { server?: SearchServer } = {};
    const note = (call: string) => holder.server?.calls.push(call);
    const { search, table, catalogue } = await openSearch({
      refresh: async () => void note('refresh'),
      refreshIfPending: async (index, id) => void note(`refresh ${index} ${id}`),
      now: () => holder.server?.now ?? Date.now(),
      ...more,
    });
    const app = Fastify(elasticsearchServerOptions());
    await registerElasticsearch(
      app,
      [
        (routes) => {
          routes.on('GET', '/', () => ({
            json: { name: 'n', cluster_name: 'c', version: { number: '8.19.0', build_flavor: 'default' }, tagline: 'You Know, for Search' },
          }));
          addSearch(routes, search);
        },
      ],
      frameDefaults,
    );
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const server = new SearchServer(table, catalogue, app, url, search);
    holder.server = server;
    return server;
  }

  async template(name: string, body: JsonObject): Promise<void> {
    await this.catalogue.change((draft) => putIndexTemplate(draft, name, body));
  }

  /** Creates the index by its templates and loads documents; an `_id` member becomes the explicit id. */
  async index(index: string, documents: readonly (Readonly<Record<string, unknown>> | string)[], openedAt?: number): Promise<void> {
    const { index: concrete } = await this.catalogue.createForWrite(index, { op: 'index' });
    await this.table.load(
      documents.map((document) => {
        if (typeof document === 'string') return { index: concrete, text: document };
        const { _id: id, ...rest } = document;
        return { index: concrete, text: JSON.stringify(rest), ...(id === undefined ? {} : { id: String(id) }) };
      }),
      openedAt,
    );
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.table.close();
  }
}
