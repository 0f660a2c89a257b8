import { hostname } from 'node:os';
import { basename } from 'node:path';
import { environment } from './environment.ts';

/** Who speaks: the `service` member of the page's log lines and the resource of OpenTelemetry. */
export type Service = Readonly<{ name: string; version: string | undefined; environment: string | undefined; instanceId: string }>;

/**
 * `name` and `version` are what the program says; the environment (`OTEL_SERVICE_NAME`, `SERVICE_NAME`, `SERVICE_VERSION`, `ENVIRONMENT`,
 * `HOSTNAME`) wins over `fallback`, the name that something else is known by.
 */
export function serviceOf(
  said: { name?: string | undefined; version?: string | undefined },
  fallback?: string,
  fallbackVersion?: string,
): Service {
  return {
    name: said.name ?? environment('OTEL_SERVICE_NAME') ?? environment('SERVICE_NAME') ?? fallback ?? programName(),
    version: said.version ?? environment('SERVICE_VERSION') ?? fallbackVersion,
    environment: environment('ENVIRONMENT'),
    instanceId: `${environment('HOSTNAME') ?? hostname()}:${process.pid}`,
  };
}

const programName = (): string => (process.argv[1] === undefined ? 'node' : basename(process.argv[1]).replace(/\.[cm]?[jt]s$/, ''));

/** `service` of a log document. */
export const serviceMember = ({ name, version, environment: stage, instanceId }: Service): Readonly<Record<string, unknown>> => ({
  name,
  version,
  environment: stage,
  instance_id: instanceId,
});

let kubernetes: Readonly<Record<string, unknown>> | undefined;
let isKubernetesKnown = false;

/** `kubernetes` of a log document; undefined outside a cluster, where the page's defaults would be inventions. Read once: the environment is slow. */
export function kubernetesMember(): Readonly<Record<string, unknown>> | undefined {
  if (isKubernetesKnown) return kubernetes;
  isKubernetesKnown = true;
  const namespace = environment('K8S_NAMESPACE');
  const node = environment('NODE_NAME');
  const isThere = namespace !== undefined || node !== undefined || environment('KUBERNETES_SERVICE_HOST') !== undefined;
  kubernetes = isThere
    ? { namespace: namespace ?? 'default', pod_name: environment('HOSTNAME') ?? hostname(), node_name: node }
    : undefined;
  return kubernetes;
}
