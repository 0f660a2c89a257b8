import type { AddedFields } from '../../model/line/added-fields.ts';

const containersPath = /\/containers\/([^/]+)_([^/_]+)_([^/]+)-([0-9a-f]{64})\.log$/;
const podsPath = /\/pods\/([^/_]+)_([^/_]+)_([^/]+)\/([^/]+)\/\d+\.log[^/]*$/;

/**
 * The `kubernetes.*` fields that the kubelet writes into the paths of container logs:
 * `/var/log/containers/<pod>_<namespace>_<container>-<id>.log` and
 * `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<restarts>.log`. Undefined for other files.
 */
export function readContainerPath(path: string): Readonly<Record<string, string>> | undefined {
  const short = containersPath.exec(path);
  if (short !== null) {
    const [, pod = '', namespace = '', container = '', id = ''] = short;
    return { namespace, pod_name: pod, container_name: container, container_id: id };
  }
  const long = podsPath.exec(path);
  if (long === null) return undefined;
  const [, namespace = '', pod = '', uid = '', container = ''] = long;
  return { namespace, pod_name: pod, container_name: container, pod_id: uid };
}

export type Enrichment = Readonly<{ environment: string; clusterName: string; hostname: string }>;

/**
 * The fields that each record of a file gets. The same names as in the page's Fluentd: `record_transformer`'s three, the
 * `tag` of `tag kubernetes.*`, and `kubernetes.*`. `realPath` is the file behind the symbolic links of `path`.
 */
export function fileFields(path: string, realPath: string, enrich: Enrichment): AddedFields {
  const kubernetes = { ...readContainerPath(realPath), ...readContainerPath(path) };
  const isContainer = Object.keys(kubernetes).length > 0;
  const named = { hostname: enrich.hostname, environment: enrich.environment, cluster_name: enrich.clusterName };
  return {
    ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== '')),
    tag: `${isContainer ? 'kubernetes' : 'file'}${path.replaceAll('/', '.')}`,
    ...(isContainer ? { kubernetes } : {}),
  };
}
