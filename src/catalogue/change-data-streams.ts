import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import { joinObjects } from '../lib/json/json-text.ts';
import { aliasTargets, type DataStream, type IndexRecord, type TemplateBody, writeIndexOf } from './catalogue-state.ts';
import { createIndex, removeIndex } from './change-indices.ts';
import { type Composed, composeTemplate, matchingBuiltIn, matchingTemplate } from './compose-template.ts';
import { resolveDateMathName } from './date-math-name.ts';
import type { Draft } from './draft.ts';
import { checkIndexName } from './index-name.ts';
import { mergeMappings } from './mapping.ts';

/** Every data stream has this field; it is a date unless the template says otherwise. */
const timestampMapping = { properties: { '@timestamp': { type: 'date' } } };

/** The name of a backing index: `.ds-NAME-2026.11.20-000001`, the day in UTC. */
function backingIndexName(stream: string, generation: number, nowMillis: number): string {
  const day = new Date(nowMillis).toISOString().slice(0, 10).replaceAll('-', '.');
  return `.ds-${stream}-${day}-${String(generation).padStart(6, '0')}`;
}

/** The template that makes a name a data stream; built-in ones count. */
function streamTemplate(draft: Draft, name: string): Readonly<{ name: string; composed: Composed; hidden: boolean }> {
  const found = matchingTemplate(draft.state, name) ?? matchingBuiltIn(draft.state, name);
  if (!found) throw illegalArgument(`no matching index template found for data stream [${name}]`);
  if (!found.template.dataStream) {
    throw illegalArgument(`matching index template [${found.name}] for data stream [${name}] has no data stream template`);
  }
  return {
    name: found.name,
    composed: composeTemplate(draft.state, found.name, found.template),
    hidden: found.template.dataStream.hidden === true,
  };
}

function createBackingIndex(draft: Draft, stream: string, generation: number, composed: Composed, body?: TemplateBody): IndexRecord {
  const mappings = mergeMappings(timestampMapping, composed.mappings, 'template');
  const name = backingIndexName(stream, generation, draft.nowMillis);
  return createIndex(draft, { name, dataStream: stream, composed: { ...composed, mappings }, ...(body ? { body } : {}) });
}

/** Creates a data stream with its first backing index. Throws 400 when it exists or no template makes it one. */
export function createDataStream(draft: Draft, name: string): DataStream {
  checkIndexName(name);
  if (name.startsWith('.ds-')) throw illegalArgument(`data_stream [${name}] must not start with '.ds-'`);
  if (draft.get('data_stream', name) || draft.get('index', name)) {
    throw elasticsearchError('resource_already_exists_exception', `data_stream [${name}] already exists`);
  }
  if (aliasTargets(draft.state).has(name)) throw illegalArgument(`data stream [${name}] conflicts with existing alias`);
  const template = streamTemplate(draft, name);
  const index = createBackingIndex(draft, name, 1, template.composed);
  const stream: DataStream = {
    name,
    indices: [index.name],
    generation: 1,
    template: template.name,
    hidden: template.hidden,
    aliases: template.composed.aliases,
  };
  draft.put('data_stream', name, stream);
  return stream;
}

export function deleteDataStreams(draft: Draft, names: readonly string[]): void {
  for (const name of names) {
    const stream = draft.get('data_stream', name);
    for (const index of stream?.indices ?? []) removeIndex(draft, index);
    draft.remove('data_stream', name);
  }
}

export type RolloverPlan = Readonly<{ oldIndex: string; newIndex: string; dataStream: string | undefined; alias: string | undefined }>;

/** What a rollover of an alias or data stream would do. Throws 400 for other targets and for names without a number at the end. */
export function planRollover(draft: Draft, target: string, newIndex?: string): RolloverPlan {
  const stream = draft.get('data_stream', target);
  if (stream) {
    if (newIndex !== undefined) throw illegalArgument('new index name may not be specified when rolling over a data stream');
    return {
      oldIndex: writeIndexOf(stream),
      newIndex: backingIndexName(target, stream.generation + 1, draft.nowMillis),
      dataStream: target,
      alias: undefined,
    };
  }
  const targets = aliasTargets(draft.state).get(target);
  if (!targets) {
    const reason = draft.get('index', target)
      ? `rollover target is a [concrete index] but one of [alias,data_stream] was expected`
      : `rollover target [${target}] does not exist`;
    throw illegalArgument(reason);
  }
  const writer = aliasWriter(draft, target, targets.indices);
  if (!writer) throw illegalArgument(`rollover target [${target}] does not point to a write index`);
  return { oldIndex: writer.name, newIndex: newIndex ?? nextIndexName(writer), dataStream: undefined, alias: target };
}

function aliasWriter(draft: Draft, alias: string, indices: readonly string[]): IndexRecord | undefined {
  const records = indices.flatMap((name) => draft.get('index', name) ?? []);
  const explicit = records.find(({ aliases }) => aliases[alias]?.is_write_index === true);
  if (explicit) return explicit;
  return records.length === 1 && records[0]?.aliases[alias]?.is_write_index !== false ? records[0] : undefined;
}

/** `logs-000001` is followed by `logs-000002`; of a date-math name the provided form is counted up, so that its date moves on. */
function nextIndexName({ name, providedName }: IndexRecord): string {
  const dateMath = providedName.startsWith('<') && providedName.endsWith('>');
  const base = dateMath ? providedName.slice(1, -1) : name;
  const parts = /^(.*)-(\d{1,15})$/s.exec(base);
  if (!parts) throw illegalArgument(`index name [${name}] does not match pattern '^.*-\\d+$'`);
  const next = `${parts[1]}-${String(Number(parts[2]) + 1).padStart(6, '0')}`;
  return dateMath ? `<${next}>` : next;
}

/** Carries out a planned rollover: creates the new index and moves the writes to it. Returns the name of the new index. */
export function rollover(draft: Draft, plan: RolloverPlan, body: TemplateBody = {}): string {
  const old = draft.get('index', plan.oldIndex);
  if (!old) throw illegalArgument(`index [${plan.oldIndex}] is gone`);
  const rolled = { ...old, rolledOverMillis: draft.nowMillis };
  const stream = plan.dataStream === undefined ? undefined : draft.get('data_stream', plan.dataStream);
  if (stream) {
    const template = streamTemplate(draft, stream.name);
    const index = createBackingIndex(draft, stream.name, stream.generation + 1, template.composed, body);
    draft.put('index', old.name, rolled);
    draft.put('data_stream', stream.name, {
      ...stream,
      indices: [...stream.indices, index.name],
      generation: stream.generation + 1,
      template: template.name,
    });
    return index.name;
  }
  const alias = plan.alias as string;
  const explicit = old.aliases[alias]?.is_write_index === true;
  const { [alias]: properties, ...others } = old.aliases;
  draft.put('index', old.name, {
    ...rolled,
    aliases: explicit ? { ...others, [alias]: { ...properties, is_write_index: false } } : others,
  });
  const moved = explicit ? { ...properties, is_write_index: true } : (properties ?? {});
  const aliases = joinObjects(body.aliases ?? {}, { [alias]: moved }) as NonNullable<TemplateBody['aliases']>;
  return createIndex(draft, { name: plan.newIndex, body: { ...body, aliases } }).name;
}

/** The resolved name of a planned index, for answers of a dry run. */
export function plannedName(plan: RolloverPlan, nowMillis: number): string {
  return resolveDateMathName(plan.newIndex, nowMillis);
}
