import { type AliasAction, changeAliases } from '../../../catalogue/change-aliases.ts';
import { deleteIndices } from '../../../catalogue/change-indices.ts';
import { matchesPattern } from '../../../catalogue/name-pattern.ts';
import { asBoolean, parseAliasProperties, textList } from '../../../catalogue/template-body.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json/json-text.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationPorts } from './administration-ports.ts';
import { aliasesAnswer } from './index-answers.ts';
import { acknowledged } from './index-expression.ts';

type Targets = Readonly<{ indices: readonly string[]; dataStreams: readonly string[] }>;

/** `_alias` and `_aliases`. */
export function addAliasEndpoints(routes: Routes, ports: AdministrationPorts): void {
  const { catalogue } = ports;

  /** Indices and data streams that an expression names; an alias stands for its indices. */
  const targetsOf = (expression: string): Targets => {
    const names = catalogue.selectNames(expression, { allowClosed: true, expandWildcards: 'open,closed' });
    const of = (wanted: string) => names.filter(({ kind }) => kind === wanted).map(({ name }) => name);
    const aliased = of('alias').flatMap((alias) => catalogue.resolveRead(alias, { allowClosed: true }).map(({ index }) => index));
    const streams = of('data_stream');
    const indices = [...new Set([...of('index'), ...(expression.includes('*') ? [] : aliased)])];
    return {
      indices: indices.filter((name) => !(streams.length > 0 && catalogue.state.index.get(name)?.dataStream)),
      dataStreams: streams,
    };
  };

  routes.on('POST', '/_aliases', async (call) => {
    const { actions } = call.requiredObject();
    if (!Array.isArray(actions) || actions.length === 0)
      throw illegalArgument('Validation Failed: 1: Must specify at least one alias action;');
    const steps = (actions as readonly JsonValue[]).map((action) => parseAction(action, targetsOf));
    await catalogue.change((draft) => {
      changeAliases(
        draft,
        steps.flatMap((step) => step.actions),
      );
      deleteIndices(
        draft,
        steps.flatMap((step) => step.removedIndices),
      );
    });
    return acknowledged;
  });

  const paths = ['/:index/_alias/:alias', '/:index/_aliases/:alias'];
  routes.on(['PUT', 'POST'], [...paths, '/_alias/:alias'], async (call) => {
    const body = call.object();
    const alias = call.requiredParam('alias');
    const properties = parseAliasProperties(alias, body);
    const expression = call.param('index') ?? textList(body.index, 'index').join(',');
    const targets = targetsOf(expression);
    await catalogue.change((draft) => changeAliases(draft, [{ add: { ...targets, alias, properties } }]));
    return acknowledged;
  });

  routes.on('DELETE', paths, async (call) => {
    const targets = targetsOf(call.requiredParam('index'));
    const removals = call.requiredParam('alias').split(',');
    await catalogue.change((draft) =>
      changeAliases(
        draft,
        removals.map((alias) => ({ remove: { ...targets, alias, mustExist: true } })),
      ),
    );
    return acknowledged;
  });

  routes.on('GET', ['/_alias', '/_aliases', '/_alias/:alias', '/:index/_alias', '/:index/_aliases', ...paths], (call) =>
    getAliases(call, ports),
  );
}

type Step = Readonly<{ actions: readonly AliasAction[]; removedIndices: readonly string[] }>;

function parseAction(action: JsonValue, targetsOf: (expression: string) => Targets): Step {
  const [kind, sent, ...more] = isJsonObject(action) ? Object.entries(action).flat() : [];
  if (typeof kind !== 'string' || more.length > 0 || !isJsonObject(sent as JsonValue))
    throw illegalArgument('Malformed alias action: expected one of add, remove, remove_index');
  const body = sent as JsonObject;
  const indices = [...textList(body.index, 'index'), ...textList(body.indices, 'indices')];
  if (indices.length === 0) throw illegalArgument('One of [index] or [indices] is required');
  const targets = targetsOf(indices.join(','));
  if (kind === 'remove_index') return { actions: [], removedIndices: targets.indices };
  const aliases = [...textList(body.alias, 'alias'), ...textList(body.aliases, 'aliases')];
  if (aliases.length === 0) throw illegalArgument('One of [alias] or [aliases] is required');
  if (kind === 'add') {
    return {
      actions: aliases.map((alias) => ({ add: { ...targets, alias, properties: parseAliasProperties(alias, body) } })),
      removedIndices: [],
    };
  }
  if (kind !== 'remove') throw illegalArgument(`Unknown alias action [${kind}]: expected one of add, remove, remove_index`);
  const mustExist = body.must_exist === undefined ? true : asBoolean(body.must_exist, 'must_exist');
  return { actions: aliases.map((alias) => ({ remove: { ...targets, alias, mustExist } })), removedIndices: [] };
}

/** Aliases by index. A name that finds nothing makes the answer 404, beside what the others found. */
function getAliases(call: Call, { catalogue }: AdministrationPorts) {
  const patterns = (call.param('alias') ?? '*').split(',').map((pattern) => (pattern === '_all' ? '*' : pattern));
  const records = [
    ...catalogue
      .resolveRead(call.param('index'), { allowClosed: true, expandWildcards: 'all' })
      .flatMap(({ index }) => catalogue.state.index.get(index) ?? []),
    ...[...catalogue.state.data_stream.values()].filter(({ name }) => call.param('index') === undefined || call.param('index') === name),
  ];
  const found = new Set<string>();
  const answer = records.flatMap((record) => {
    const aliases = Object.keys(record.aliases).filter((alias) => patterns.some((pattern) => matchesPattern(pattern, alias)));
    for (const alias of aliases) found.add(alias);
    if (aliases.length === 0 && call.param('alias') !== undefined) return [];
    const chosen = Object.fromEntries(aliases.map((alias) => [alias, record.aliases[alias] ?? {}]));
    return 'indices' in record && aliases.length === 0 ? [] : [[record.name, { aliases: aliasesAnswer(chosen) }]];
  });
  const missing = patterns.filter((pattern) => !pattern.includes('*') && !found.has(pattern));
  const json = Object.fromEntries(answer);
  if (missing.length === 0) return { json };
  const error = `alias${missing.length > 1 ? 'es' : ''} [${missing.join(',')}] missing`;
  return { status: 404, json: { error, status: 404, ...json } };
}
