import { expect, it } from 'vitest';
import { fileFields } from './container-path.ts';
import { isRotatedName } from './rotated-file.ts';

const id = 'ab'.repeat(32);
const enrich = { environment: 'test', clusterName: 'mesh', hostname: 'node-1' };
const added = { hostname: 'node-1', environment: 'test', cluster_name: 'mesh' };

it.each([
  [
    `/var/log/containers/mcp-mesh-7d9f-x_mcp_agent-a-${id}.log`,
    '/var/log/pods/mcp_mcp-mesh-7d9f-x_11-22/agent-a/3.log',
    {
      tag: `kubernetes.var.log.containers.mcp-mesh-7d9f-x_mcp_agent-a-${id}.log`,
      kubernetes: { namespace: 'mcp', pod_name: 'mcp-mesh-7d9f-x', container_name: 'agent-a', pod_id: '11-22', container_id: id },
    },
  ],
  [
    '/var/log/pods/mcp_pod_11-22/agent/0.log',
    '/var/log/pods/mcp_pod_11-22/agent/0.log',
    {
      tag: 'kubernetes.var.log.pods.mcp_pod_11-22.agent.0.log',
      kubernetes: { namespace: 'mcp', pod_name: 'pod', container_name: 'agent', pod_id: '11-22' },
    },
  ],
  ['/var/log/app.log', '/var/log/app.log', { tag: 'file.var.log.app.log' }],
  ['/var/log/containers/no-pod.log', '/var/log/containers/no-pod.log', { tag: 'file.var.log.containers.no-pod.log' }],
])('fields of %s', (path, realPath, expected) => {
  expect(fileFields(path, realPath, enrich)).toEqual({ ...added, ...expected });
});

it('leaves out what is not set', () => {
  expect(fileFields('/a', '/a', { environment: '', clusterName: '', hostname: '' })).toEqual({ tag: 'file.a' });
});

it.each([
  ['app.log', 'app.log.1', true],
  ['app.log', 'app.log-20240101', true],
  ['app.log', 'app.log.2024-01-01_10', true],
  ['app.log', 'app.log.old', true],
  ['app.log', 'app.1.log', true],
  ['app.log', 'app-2024-01-01T00-00-00.000.log', true],
  ['0.log', '0.log.20240101-120000', true],
  ['app.log', 'app.log', false],
  ['app.log', 'app.log.bak', false],
  ['app.log', 'app-error.log', false],
  ['app.log', 'app2.log', false],
  ['app', 'app.1', true],
  ['.log', '.log.1', true],
])('%s was rotated to %s: %s', (name, candidate, expected) => {
  expect(isRotatedName(name, candidate)).toBe(expected);
});
