import { AppError } from '../../lib/errors.ts';
import { decodeUrlPart } from '../../lib/url-credentials.ts';
import type { RedisNode } from './redis-connection.ts';

/** Where Redis is. In `redacted` there is no password. */
export type RedisTarget = Readonly<{
  kind: 'single' | 'sentinel' | 'cluster';
  tls: boolean;
  nodes: readonly RedisNode[];
  /** Of a Sentinel target: the name of the set of servers. */
  master: string;
  username: string;
  password: string;
  /** Sentinels have credentials of their own. */
  sentinelUsername: string;
  sentinelPassword: string;
  database: number;
  redacted: string;
}>;

const form = /^(rediss?)(-sentinel|-cluster)?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;
const nodeForm = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i;
const defaultPorts = { single: 6379, sentinel: 26379, cluster: 6379 } as const;
const forms =
  'redis://user:password@host:6379/0, rediss://… for TLS, redis-sentinel://host:26379,host2:26379/name or redis-cluster://host:7000,host2:7001';

/**
 * Reads the forms `redis://`, `redis-sentinel://` and `redis-cluster://`, each also as `rediss…` for TLS.
 * Throws AppError `bad_config`, in whose message nothing of the URL is repeated: it may hold a password.
 */
export function parseRedisUrl(text: string): RedisTarget {
  const refuse = (what: string): never => {
    throw new AppError('bad_config', `redis.url ${what}. It must be like ${forms}.`);
  };
  const parts = form.exec(text.trim());
  if (parts === null) return refuse('is no Redis URL');
  const [, scheme = '', suffix = '', userInfo = '', hosts = '', path = '', query = ''] = parts;
  const kind = suffix === '' ? 'single' : (suffix.slice(1).toLowerCase() as 'sentinel' | 'cluster');
  const nodes = (hosts === '' && kind === 'single' ? 'localhost' : hosts).split(',').map((host): RedisNode => {
    const node = nodeForm.exec(host.trim());
    const port = node?.[3] === undefined ? defaultPorts[kind] : Number(node[3]);
    if (node === null || port < 1 || port > 65_535) return refuse('has a host that is none');
    return { host: (node[1] ?? node[2]) as string, port };
  });
  if (kind === 'single' && nodes.length > 1) return refuse('has several hosts but names neither Sentinel nor Cluster');
  const options = new URLSearchParams(query);
  const master = kind === 'sentinel' ? decodeUrlPart(path) : '';
  if (kind === 'sentinel' && master === '') return refuse('names Sentinels but not the set of servers they watch');
  const database = (kind === 'single' ? path : '') || options.get('db') || '0';
  if (!/^\d{1,5}$/.test(database)) return refuse('has a database that is no number');
  if (kind === 'cluster' && Number(database) !== 0) return refuse('has a database, which Cluster does not know');

  const colon = userInfo.indexOf(':');
  const username = decodeUrlPart(colon < 0 ? userInfo : userInfo.slice(0, colon));
  const password = decodeUrlPart(colon < 0 ? '' : userInfo.slice(colon + 1));
  const shownUser = userInfo === '' ? '' : `${username}${colon < 0 ? '' : ':***'}@`;
  const shownHosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  const shownPath = kind === 'sentinel' ? `/${master}` : database === '0' ? '' : `/${database}`;
  return {
    kind,
    tls: scheme.toLowerCase() === 'rediss',
    nodes,
    master,
    username,
    password,
    sentinelUsername: options.get('sentinelUsername') ?? '',
    sentinelPassword: options.get('sentinelPassword') ?? '',
    database: Number(database),
    redacted: `${scheme.toLowerCase()}${suffix.toLowerCase()}://${shownUser}${shownHosts}${shownPath}`,
  };
}
