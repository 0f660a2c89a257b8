import type { Catalogue } from './catalogue/catalogue.ts';
import type { Config } from './config/schema.ts';
import type { IndexCounts } from './elasticsearch-ports.ts';
import type { DocumentVersions } from './sources/elasticsearch/document-versions.ts';
import { addAdministration } from './surfaces/elasticsearch/administration.ts';
import type { AdministrationOptions, AdministrationPorts } from './surfaces/elasticsearch/administration-ports.ts';
import { addDocumentWrites, type DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';
import type { RouteGroup } from './surfaces/elasticsearch/frame.ts';
import type { WritePath } from './write-path.ts';

export type ElasticsearchParts = Readonly<{
  config: Config;
  path: WritePath;
  catalogue: Catalogue;
  counts: IndexCounts;
  administration: AdministrationPorts;
  writer: DocumentWriter;
  versions: DocumentVersions;
}>;

/** Every endpoint of Elasticsearch's API. */
export function elasticsearchRoutes({ config, administration: ports, writer }: ElasticsearchParts): readonly RouteGroup[] {
  const options: AdministrationOptions = {
    version: config.elasticsearch.version,
    strictTemplates: config.elasticsearch.strictTemplates,
  };
  return [(routes) => addDocumentWrites(routes, writer), (routes) => addAdministration(routes, ports, options)];
}
