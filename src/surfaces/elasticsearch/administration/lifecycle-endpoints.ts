import type { IndexRecord } from '../../../catalogue/catalogue-state.ts';
import { matchingTemplate } from '../../../catalogue/compose-template.ts';
import { lifecycleStartMillis, policyOf } from '../../../catalogue/due-actions.ts';
import { parseLifecyclePolicy } from '../../../catalogue/lifecycle-policy.ts';
import { lifecycleMode } from '../../../catalogue/run-lifecycle.ts';
import { mergeSettings, settingText } from '../../../catalogue/settings.ts';
import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../../lib/errors.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json/json-text.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationPorts } from './administration-ports.ts';
import { acknowledged, indicesOf } from './index-expression.ts';
import { selectByName } from './template-answers.ts';

/** `_ilm`: policies are checked and stored here, and carried out by the catalogue's lifecycle. */
export function addLifecycleEndpoints(routes: Routes, ports: AdministrationPorts): void {
  const { catalogue } = ports;

  routes.on('PUT', '/_ilm/policy/:name', async (call) => {
    const name = call.requiredParam('name');
    if (/[,\s]|^_/.test(name) || Buffer.byteLength(name) > 255)
      throw illegalArgument(`invalid policy name [${name}]: must not contain ',' or spaces, or start with '_'`);
    const { policy } = call.requiredObject();
    if (!isJsonObject(policy)) throw illegalArgument('[policy] is required');
    parseLifecyclePolicy(policy);
    await catalogue.change((draft) => {
      const version = (draft.get('ilm_policy', name)?.version ?? 0) + 1;
      draft.put('ilm_policy', name, { version, modifiedMillis: draft.nowMillis, body: policy });
    });
    return acknowledged;
  });

  routes.on('GET', ['/_ilm/policy', '/_ilm/policy/:name'], (call) => {
    const name = call.param('name');
    const found = selectByName(catalogue.state.ilm_policy, name);
    if (found.length === 0 && name !== undefined && !name.includes('*')) throw policyMissing(name);
    const answer = found.map(([policy, { version, modifiedMillis, body }]) => [
      policy,
      { version, modified_date: new Date(modifiedMillis).toISOString(), policy: body, in_use_by: usersOf(policy, ports) },
    ]);
    return { json: Object.fromEntries(answer) };
  });

  routes.on('DELETE', '/_ilm/policy/:name', async (call) => {
    const name = call.requiredParam('name');
    await catalogue.change((draft) => {
      if (!draft.get('ilm_policy', name)) throw policyMissing(name);
      const { indices } = usersOf(name, ports);
      if (indices.length > 0)
        throw illegalArgument(`Cannot delete policy [${name}]. It is in use by one or more indices: [${indices.join(', ')}]`);
      draft.remove('ilm_policy', name);
    });
    return acknowledged;
  });

  routes.on('GET', '/:index/_ilm/explain', (call) => {
    const all = indicesOf(call, ports, { allowClosed: true, expandWildcards: 'all' });
    const managed =
      call.flag('only_managed') || call.flag('only_errors')
        ? all.filter(({ settings }) => settingText(settings, 'index.lifecycle.name'))
        : all;
    const records = call.flag('only_errors') ? managed.filter(({ lifecycle }) => lifecycle?.failure !== undefined) : managed;
    return { json: { indices: Object.fromEntries(records.map((record) => [record.name, explain(record, ports)])) } };
  });

  routes.on('POST', '/:index/_ilm/remove', async (call) => {
    const names = indicesOf(call, ports).map(({ name }) => name);
    await catalogue.change((draft) => {
      for (const name of names) {
        const record = draft.get('index', name);
        if (!record) continue;
        const { lifecycle: _, ...rest } = record;
        draft.put('index', name, {
          ...rest,
          settings: mergeSettings(record.settings, { 'index.lifecycle.name': null, 'index.lifecycle.rollover_alias': null }),
        });
      }
    });
    return { json: { has_failures: false, failed_indexes: [] } };
  });

  // The next run of the lifecycle tries everything again by itself.
  routes.on('POST', '/:index/_ilm/retry', (call) => {
    indicesOf(call, ports);
    return acknowledged;
  });
  routes.on('POST', '/_ilm/move/:index', () => {
    throw illegalArgument('moving an index to another lifecycle step is not supported; change the policy or the index instead');
  });

  routes.on('GET', '/_ilm/status', () => {
    const mode = catalogue.state.cluster_settings.get(lifecycleMode)?.body.operation_mode ?? 'RUNNING';
    return { json: { operation_mode: mode } };
  });
  for (const [path, mode] of [
    ['/_ilm/start', 'RUNNING'],
    ['/_ilm/stop', 'STOPPED'],
  ] as const) {
    routes.on('POST', path, async () => {
      await catalogue.change((draft) =>
        draft.put('cluster_settings', lifecycleMode, { version: 1, modifiedMillis: draft.nowMillis, body: { operation_mode: mode } }),
      );
      return acknowledged;
    });
  }
}

function policyMissing(name: string): AppError {
  return elasticsearchError('resource_not_found_exception', `Lifecycle policy not found: ${name}`, { code: 'not_found' });
}

function usersOf(policy: string, { catalogue }: AdministrationPorts) {
  const { state } = catalogue;
  const indices = [...state.index.values()].filter(({ settings }) => settingText(settings, 'index.lifecycle.name') === policy);
  const templates = [...state.index_template].filter(
    ([, { template }]) => settingText(mergeSettings(template?.settings ?? {}), 'index.lifecycle.name') === policy,
  );
  const used = new Set(templates.map(([name]) => name));
  const streams = [...state.data_stream.keys()].filter((name) => used.has(matchingTemplate(state, name)?.name ?? ''));
  return { indices: indices.map(({ name }) => name), data_streams: streams, composable_templates: [...used] };
}

/** An age as Elasticsearch prints it: one unit with up to two decimals. */
function ageText(millis: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [name, size] = units.find(([, unit]) => millis >= unit) ?? ['ms', 1];
  return `${Math.round((millis / size) * 100) / 100}${name}`;
}

function explain(record: IndexRecord, { catalogue }: AdministrationPorts): JsonObject {
  const found = policyOf(catalogue.state, record);
  if (!found) return { index: record.name, managed: false };
  const start = lifecycleStartMillis(record);
  const age = ageText(Math.max(catalogue.nowMillis - start, 0));
  const { lifecycle } = record;
  const stored = catalogue.state.ilm_policy.get(found.name);
  const phase = lifecycle?.phase ?? 'new';
  const failure = lifecycle?.failure ?? (found.policy ? undefined : `policy [${found.name}] does not exist`);
  const phases = stored?.body.phases;
  return {
    index: record.name,
    managed: true,
    policy: found.name,
    index_creation_date_millis: record.createdMillis,
    time_since_index_creation: ageText(Math.max(catalogue.nowMillis - record.createdMillis, 0)),
    lifecycle_date_millis: start,
    age,
    phase,
    phase_time_millis: lifecycle?.phaseMillis ?? record.createdMillis,
    action: lifecycle?.done.at(-1)?.split('/')[1] ?? 'complete',
    step: failure === undefined ? 'complete' : 'ERROR',
    ...(failure === undefined ? {} : { step_info: { type: 'illegal_argument_exception', reason: failure } }),
    ...(stored
      ? {
          phase_execution: {
            policy: found.name,
            phase_definition: (isJsonObject(phases) ? phases[phase] : undefined) ?? {},
            version: stored.version,
            modified_date_in_millis: stored.modifiedMillis,
          },
        }
      : {}),
  };
}
