import type { Catalogue } from './catalogue/catalogue.ts';
import type { Config } from './config/schema.ts';
import type { FieldsOfIndices } from './queries/fields/fields-of-indices.ts';
import { Search } from './queries/search/search.ts';
import type { DocumentVersions } from './sources/elasticsearch/document-versions.ts';
import { seenSegments } from './store/logs/seen-segments.ts';
import { addAdministration } from './surfaces/elasticsearch/administration/administration.ts';
import type { AdministrationOptions, AdministrationPorts } from './surfaces/elasticsearch/administration/administration-ports.ts';
import { addDocumentWrites, type DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';
import type { RouteGroup } from './surfaces/elasticsearch/frame.ts';
import { addSearch } from './surfaces/elasticsearch/search/add-search.ts';
import type { WritePath } from './write-path.ts';

export type ElasticsearchParts = Readonly<{
  config: Config;
  path: WritePath;
  catalogue: Catalogue;
  fieldsOf: FieldsOfIndices;
  administration: AdministrationPorts;
  search: Search;
  writer: DocumentWriter;
}>;

export type SearchParts = Pick<ElasticsearchParts, 'config' | 'path' | 'catalogue' | 'fieldsOf'> & Readonly<{ versions: DocumentVersions }>;

/** Every endpoint of Elasticsearch's API. */
export function elasticsearchRoutes(parts: ElasticsearchParts): readonly RouteGroup[] {
  const { version, strictTemplates } = parts.config.elasticsearch;
  const options: AdministrationOptions = { version, strictTemplates };
  return [
    (routes) => addDocumentWrites(routes, parts.writer),
    (routes) => addAdministration(routes, parts.administration, options),
    (routes) => addSearch(routes, parts.search),
  ];
}

export function createSearch({ config, path, catalogue, fieldsOf, versions }: SearchParts): Search {
  const { engine, store, loader } = path;
  return new Search({
    engine,
    catalogue,
    fieldsOf,
    limits: config.query,
    refresh: path.refresh,
    refreshIfPending: async (index, id) => {
      if (versions.isPending({ index, id }) || loader.waiting > 0 || path.journal.waitingBytes > 0) await path.refresh();
    },
    deleteWhere: (condition) => store.deleteWhere(condition),
    seenSegments: () => seenSegments(engine, loader.handedOver),
  });
}
