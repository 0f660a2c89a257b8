import type { Routes } from '../frame.ts';
import { addAboutEndpoints } from './about-endpoints.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';
import { addAliasEndpoints } from './alias-endpoints.ts';
import { addAnalyzeEndpoints } from './analyze-endpoints.ts';
import { addCatEndpoints } from './cat-endpoints.ts';
import { addClusterEndpoints } from './cluster-endpoints.ts';
import { addDataStreamEndpoints } from './data-stream-endpoints.ts';
import { addIndexEndpoints } from './index-endpoints.ts';
import { addLifecycleEndpoints } from './lifecycle-endpoints.ts';
import { addMappingEndpoints } from './mapping-endpoints.ts';
import { addNodeEndpoints } from './node-endpoints.ts';
import { addSnapshotEndpoints } from './snapshot-endpoints.ts';
import { addStatisticsEndpoints } from './statistics-endpoints.ts';
import { addTemplateEndpoints } from './template-endpoints.ts';

/** All endpoints of Elasticsearch's administration, as one group for `registerElasticsearch`. */
export function addAdministration(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  addAboutEndpoints(routes, ports, options);
  addIndexEndpoints(routes, ports, options);
  addMappingEndpoints(routes, ports, options);
  addAliasEndpoints(routes, ports);
  addTemplateEndpoints(routes, ports, options);
  addDataStreamEndpoints(routes, ports);
  addStatisticsEndpoints(routes, ports);
  addCatEndpoints(routes, ports, options);
  addClusterEndpoints(routes, ports, options);
  addNodeEndpoints(routes, ports, options);
  addLifecycleEndpoints(routes, ports);
  addSnapshotEndpoints(routes, ports);
  addAnalyzeEndpoints(routes, ports);
}
