import { resolveDateMathName } from '../../../catalogue/date-math-name.ts';
import { parseDurationMillis } from '../../../catalogue/settings.ts';
import { asBoolean, optionalInteger, textList } from '../../../catalogue/template-body.ts';
import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json/json-text.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationPorts } from './administration-ports.ts';
import { nextRunMillis, parseCron, shortestIntervalMillis } from './cron.ts';
import { acknowledged } from './index-expression.ts';
import { selectByName } from './template-answers.ts';

const notTaken = 'snapshots are not taken in this version of meshscope';

const required: Readonly<Record<string, string>> = { fs: 'location', s3: 'bucket' };
const secret = /(?:access_key|secret|token|password|credential)/i;

/** `_snapshot`: repositories are checked and kept, without their credentials; everything that needs a snapshot is refused. */
export function addSnapshotEndpoints(routes: Routes, ports: AdministrationPorts): void {
  const { catalogue } = ports;

  routes.on(['PUT', 'POST'], '/_snapshot/:repository', async (call) => {
    const name = call.requiredParam('repository');
    const { body, dropped } = parseRepository(name, call.requiredObject());
    await catalogue.change((draft) => {
      const version = (draft.get('repository', name)?.version ?? 0) + 1;
      draft.put('repository', name, { version, modifiedMillis: draft.nowMillis, body });
    });
    const warnings = [`the repository [${name}] is stored but was not verified: ${notTaken}`];
    if (dropped.length > 0)
      warnings.push(`[${dropped.join(', ')}] of the repository [${name}] were not stored, because nothing uses them yet`);
    return { ...acknowledged, warnings };
  });
  routes.on('GET', ['/_snapshot', '/_snapshot/:repository'], (call) => {
    const found = repositories(ports, call.param('repository'));
    return { json: Object.fromEntries(found.map(([name, { body }]) => [name, body])) };
  });
  routes.on('DELETE', '/_snapshot/:repository', async (call) => {
    const found = repositories(ports, call.requiredParam('repository'));
    await catalogue.change((draft) => {
      for (const [name] of found) {
        const user = [...draft.state.slm_policy].find(([, { body }]) => body.repository === name);
        if (user) throw illegalArgument(`cannot delete repository [${name}]: the lifecycle policy [${user[0]}] uses it`);
        draft.remove('repository', name);
      }
    });
    return acknowledged;
  });

  const refuse = () => {
    throw illegalArgument(`this request cannot be carried out: ${notTaken}`);
  };
  routes.on(
    'POST',
    [
      '/_snapshot/:repository/_verify',
      '/_snapshot/:repository/_cleanup',
      '/_snapshot/:repository/:snapshot/_restore',
      '/_snapshot/:repository/_analyze',
      '/_slm/policy/:id/_execute',
      '/_slm/_execute_retention',
    ],
    refuse,
  );
  routes.on('PUT', ['/_snapshot/:repository/:snapshot/_clone/:target', '/_slm/policy/:id/_execute'], refuse);
  routes.on(['PUT', 'POST'], '/_snapshot/:repository/:snapshot', refuse);
  routes.on(['GET', 'DELETE'], '/_snapshot/:repository/:snapshot', (call) => {
    const repository = call.requiredParam('repository');
    const snapshot = call.requiredParam('snapshot');
    repositories(ports, repository);
    if (call.method !== 'DELETE' && (snapshot.includes('*') || snapshot === '_all' || snapshot === '_current')) {
      return { json: { snapshots: [], total: 0, remaining: 0 } };
    }
    throw elasticsearchError('snapshot_missing_exception', `[${repository}:${snapshot}] is missing`, { code: 'not_found' });
  });
  routes.on('GET', ['/_snapshot/_status', '/_snapshot/:repository/_status'], () => ({ json: { snapshots: [] } }));
  addSnapshotPolicies(routes, ports);
}

function repositories({ catalogue }: AdministrationPorts, expression: string | undefined) {
  const found = selectByName(catalogue.state.repository, expression);
  if (found.length === 0 && expression !== undefined && !expression.includes('*') && expression !== '_all') {
    throw elasticsearchError('repository_missing_exception', `[${expression}] missing`, { code: 'not_found' });
  }
  return found;
}

function parseRepository(name: string, sent: JsonObject): Readonly<{ body: JsonObject; dropped: readonly string[] }> {
  if (/[#,\s*\\/"<>|?]|^[_-]/.test(name)) throw elasticsearchError('repository_exception', `[${name}] invalid repository name`);
  const { type, settings = {} } = sent;
  if (typeof type !== 'string') throw illegalArgument('[type] of the repository is required');
  const needed = Object.hasOwn(required, type) ? required[type] : undefined;
  if (needed === undefined)
    throw elasticsearchError('repository_exception', `[${name}] repository type [${type}] is not supported; use fs or s3`);
  if (!isJsonObject(settings)) throw illegalArgument('[settings] of the repository must be an object');
  if (typeof settings[needed] !== 'string' || settings[needed] === '') {
    throw elasticsearchError(
      'repository_exception',
      `[${name}] failed to create repository: setting [${needed}] is required for type [${type}]`,
    );
  }
  const dropped = Object.keys(settings).filter((key) => secret.test(key));
  const kept = Object.entries(settings).filter(([key]) => !dropped.includes(key));
  const values = kept.map(([key, value]) => [key, typeof value === 'string' ? withoutUserInfo(value) : String(value)]);
  return { body: { type, settings: Object.fromEntries(values) }, dropped };
}

/** An endpoint such as `https://key:secret@host/` carries a secret too. */
function withoutUserInfo(value: string): string {
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/i, '$1');
}

function addSnapshotPolicies(routes: Routes, ports: AdministrationPorts): void {
  const { catalogue } = ports;

  routes.on('PUT', '/_slm/policy/:id', async (call) => {
    const id = call.requiredParam('id');
    if (id !== id.toLowerCase() || /[#,\s*\\/"<>|?]|^[_-]/.test(id) || Buffer.byteLength(id) > 255)
      throw illegalArgument(`invalid policy id [${id}]`);
    const body = call.requiredObject();
    checkPolicy(body, ports);
    await catalogue.change((draft) => {
      const version = (draft.get('slm_policy', id)?.version ?? 0) + 1;
      draft.put('slm_policy', id, { version, modifiedMillis: draft.nowMillis, body });
    });
    return { ...acknowledged, warnings: [`the policy [${id}] is stored but not run: ${notTaken}`] };
  });

  routes.on('GET', ['/_slm/policy', '/_slm/policy/:id'], (call) => {
    const found = policies(ports, call.param('id'));
    const answer = found.map(([id, { version, modifiedMillis, body }]) => {
      const next = nextRunMillis(parseCron(String(body.schedule)), catalogue.nowMillis);
      const stats = { policy: id, snapshots_taken: 0, snapshots_failed: 0, snapshots_deleted: 0, snapshot_deletion_failures: 0 };
      return [
        id,
        {
          version,
          modified_date_millis: modifiedMillis,
          policy: body,
          ...(next === undefined ? {} : { next_execution_millis: next }),
          stats,
        },
      ];
    });
    return { json: Object.fromEntries(answer) };
  });

  routes.on('DELETE', '/_slm/policy/:id', async (call) => {
    const found = policies(ports, call.requiredParam('id'));
    await catalogue.change((draft) => {
      for (const [id] of found) draft.remove('slm_policy', id);
    });
    return acknowledged;
  });

  routes.on('GET', '/_slm/status', () => ({ json: { operation_mode: 'STOPPED' } }));
  routes.on('GET', '/_slm/stats', () => ({
    json: {
      retention_runs: 0,
      retention_failed: 0,
      retention_timed_out: 0,
      retention_deletion_time: '0s',
      retention_deletion_time_millis: 0,
      total_snapshots_taken: 0,
      total_snapshots_failed: 0,
      total_snapshots_deleted: 0,
      total_snapshot_deletion_failures: 0,
      policy_stats: [],
    },
  }));
  routes.on('POST', '/_slm/stop', () => acknowledged);
  routes.on('POST', '/_slm/start', () => {
    throw illegalArgument(`snapshot lifecycle management cannot start: ${notTaken}`);
  });
}

function policies({ catalogue }: AdministrationPorts, expression: string | undefined) {
  const found = selectByName(catalogue.state.slm_policy, expression);
  if (found.length === 0 && expression !== undefined && !expression.includes('*')) {
    throw elasticsearchError('resource_not_found_exception', `snapshot lifecycle policy or policies [${expression}] not found`, {
      code: 'not_found',
    });
  }
  return found;
}

const leastIntervalMillis = 15 * 60_000;

function checkPolicy(body: JsonObject, ports: AdministrationPorts): void {
  refuseUnknown(body, ['schedule', 'name', 'repository', 'config', 'retention'], 'snapshot_lifecycle');
  const { schedule, name, repository, config = {}, retention = {} } = body;
  for (const [key, value] of Object.entries({ schedule, name, repository })) {
    if (typeof value !== 'string' || value === '') throw illegalArgument(`[snapshot_lifecycle] Required [${key}]`);
  }
  if (shortestIntervalMillis(parseCron(schedule as string)) < leastIntervalMillis) {
    throw illegalArgument(`invalid schedule [${schedule}]: schedule would be too frequent, executing more than every [15m]`);
  }
  const snapshot = resolveDateMathName(name as string, ports.catalogue.nowMillis);
  if (snapshot !== snapshot.toLowerCase() || /[#,\s*\\/"<>|?]|^_/.test(snapshot)) throw illegalArgument(`invalid snapshot name [${name}]`);
  if (!ports.catalogue.state.repository.has(repository as string)) throw illegalArgument(`no such repository [${repository}]`);
  checkConfig(config);
  checkRetention(retention);
}

function refuseUnknown(body: JsonObject, known: readonly string[], parser: string): void {
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown !== undefined) throw elasticsearchError('x_content_parse_exception', `[${parser}] unknown field [${unknown}]`);
}

function checkConfig(config: JsonValue): void {
  if (!isJsonObject(config)) throw illegalArgument('[config] must be an object');
  refuseUnknown(
    config,
    ['indices', 'ignore_unavailable', 'include_global_state', 'partial', 'metadata', 'feature_states', 'expand_wildcards'],
    'config',
  );
  textList(config.indices, 'indices');
  textList(config.feature_states, 'feature_states');
  for (const flag of ['ignore_unavailable', 'include_global_state', 'partial']) {
    if (config[flag] !== undefined) asBoolean(config[flag], flag);
  }
}

function checkRetention(retention: JsonValue): void {
  if (!isJsonObject(retention)) throw illegalArgument('[retention] must be an object');
  refuseUnknown(retention, ['expire_after', 'min_count', 'max_count'], 'snapshot_retention');
  const { expire_after: expireAfter } = retention;
  if (expireAfter !== undefined && parseDurationMillis(String(expireAfter)) === undefined) {
    throw illegalArgument(`failed to parse setting [expire_after] with value [${String(expireAfter)}] as a time value`);
  }
  const least = optionalInteger(retention.min_count, 'min_count');
  const most = optionalInteger(retention.max_count, 'max_count');
  if (least !== undefined && least < 1) throw illegalArgument('minimum snapshot count must be at least 1');
  if (most !== undefined && most < 1) throw illegalArgument('maximum snapshot count must be at least 1');
  if (least !== undefined && most !== undefined && least > most)
    throw illegalArgument(`minimum snapshot count ${least} cannot be larger than maximum snapshot count ${most}`);
}
