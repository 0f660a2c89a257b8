import { type DataStream, writeIndexOf } from '../../../catalogue/catalogue-state.ts';
import {
  createDataStream,
  deleteDataStreams,
  plannedName,
  planRollover,
  type RolloverPlan,
  rollover,
} from '../../../catalogue/change-data-streams.ts';
import { parseCreateBody } from '../../../catalogue/change-indices.ts';
import { isConditionMet, isRolloverDue, parseRolloverConditions } from '../../../catalogue/lifecycle-policy.ts';
import { settingText } from '../../../catalogue/settings.ts';
import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json/json-text.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import { type AdministrationPorts, noStatistics } from './administration-ports.ts';
import { acknowledged } from './index-expression.ts';
import { selectByName } from './template-answers.ts';

/** `_data_stream` and `_rollover`. */
export function addDataStreamEndpoints(routes: Routes, ports: AdministrationPorts): void {
  const { catalogue } = ports;

  const found = (call: Call): readonly DataStream[] => {
    const expression = call.param('name');
    const streams = selectByName(catalogue.state.data_stream, expression).map(([, stream]) => stream);
    if (streams.length === 0 && expression !== undefined && !expression.includes('*')) {
      throw elasticsearchError('index_not_found_exception', `no such index [${expression}]`, {
        code: 'not_found',
        details: {
          'resource.type': 'index_or_alias',
          'resource.id': expression,
          index_uuid: '_na_',
          index: expression,
        },
      });
    }
    return streams;
  };

  routes.on('PUT', '/_data_stream/:name', async (call) => {
    await catalogue.change((draft) => createDataStream(draft, call.requiredParam('name')));
    return acknowledged;
  });
  routes.on('DELETE', '/_data_stream/:name', async (call) => {
    const names = found(call).map(({ name }) => name);
    await catalogue.change((draft) => deleteDataStreams(draft, names));
    return acknowledged;
  });
  routes.on('GET', ['/_data_stream', '/_data_stream/:name'], (call) => ({
    json: { data_streams: found(call).map((stream) => describe(stream, ports)) },
  }));
  routes.on('GET', ['/_data_stream/_stats', '/_data_stream/:name/_stats'], async (call) => {
    const streams = found(call);
    const statistics = await ports.statistics(streams.flatMap(({ indices }) => indices));
    const each = streams.map(({ name, indices }) => {
      const bytes = indices.reduce((sum, index) => sum + (statistics.get(index)?.storeBytes ?? 0), 0);
      return { data_stream: name, backing_indices: indices.length, store_size_bytes: bytes };
    });
    const backing = streams.reduce((sum, { indices }) => sum + indices.length, 0);
    const total = each.reduce((sum, { store_size_bytes: bytes }) => sum + bytes, 0);
    const shards = { total: backing, successful: backing, failed: 0 };
    return {
      json: {
        _shards: shards,
        data_stream_count: streams.length,
        backing_indices: backing,
        total_store_size_bytes: total,
        data_streams: each,
      },
    };
  });

  routes.on('POST', ['/:target/_rollover', '/:target/_rollover/:new'], (call) => rollOver(call, ports));
}

function describe(stream: DataStream, { catalogue }: AdministrationPorts): JsonObject {
  const records = stream.indices.flatMap((name) => catalogue.state.index.get(name) ?? []);
  const policy = settingText(catalogue.settingsOf(writeIndexOf(stream)) ?? {}, 'index.lifecycle.name');
  return {
    name: stream.name,
    timestamp_field: { name: '@timestamp' },
    indices: records.map(({ name, uuid }) => ({ index_name: name, index_uuid: uuid })),
    generation: stream.generation,
    status: 'GREEN',
    template: stream.template,
    ...(policy === undefined ? {} : { ilm_policy: policy }),
    hidden: stream.hidden,
    system: false,
    allow_custom_routing: false,
    replicated: false,
  };
}

type Evaluated = Readonly<{ due: boolean; results: Readonly<Record<string, boolean>> }>;

async function evaluate(ports: AdministrationPorts, plan: RolloverPlan, sent: JsonObject): Promise<Evaluated> {
  const conditions = parseRolloverConditions(sent);
  const entries = Object.entries(sent);
  if (entries.length > 0 && !entries.some(([name]) => name.startsWith('max_'))) {
    throw illegalArgument('Validation Failed: 1: at least one max_* rollover condition must be set when using min_* conditions;');
  }
  const statistics = (await ports.statistics([plan.oldIndex])).get(plan.oldIndex) ?? noStatistics;
  const created = ports.catalogue.state.index.get(plan.oldIndex)?.createdMillis ?? ports.catalogue.nowMillis;
  const facts = { ageMillis: ports.catalogue.nowMillis - created, docs: statistics.docs, bytes: statistics.storeBytes };
  const results = entries.map(([name, value]) => [`[${name}: ${String(value)}]`, isConditionMet(name, value, facts)]);
  return { due: entries.length === 0 || isRolloverDue(conditions, facts), results: Object.fromEntries(results) };
}

async function rollOver(call: Call, ports: AdministrationPorts) {
  const { catalogue } = ports;
  const target = call.requiredParam('target');
  const { conditions: sentConditions, ...body } = call.object();
  if (sentConditions !== undefined && !isJsonObject(sentConditions)) throw illegalArgument('[conditions] must be an object');
  const template = parseCreateBody(body);
  const newIndex = call.param('new');
  const dryRun = call.flag('dry_run');
  const plan = catalogue.preview((draft) => planRollover(draft, target, newIndex));
  const { due, results } = await evaluate(ports, plan, sentConditions ?? {});
  const rolledOver = due && !dryRun;
  const name = rolledOver
    ? await catalogue.change((draft) => {
        const current = planRollover(draft, target, newIndex);
        if (current.oldIndex !== plan.oldIndex) throw illegalArgument(`[${target}] was rolled over by another request at the same time`);
        return rollover(draft, current, template);
      })
    : plannedName(plan, catalogue.nowMillis);
  return {
    json: {
      acknowledged: rolledOver,
      shards_acknowledged: rolledOver,
      old_index: plan.oldIndex,
      new_index: name,
      rolled_over: rolledOver,
      dry_run: dryRun,
      lazy: false,
      conditions: results,
    },
  };
}
