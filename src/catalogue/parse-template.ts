import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import type { AppError } from '../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, joinObjects } from '../lib/json/json-text.ts';
import type { ComponentTemplate, IndexTemplate, LegacyTemplate, TemplateBody } from './catalogue-state.ts';
import { asBoolean, optionalInteger, optionalObject, parseTemplateBody, textList, unknownKey } from './template-body.ts';

const composableKeys = new Set([
  ...['index_patterns', 'template', 'composed_of', 'priority', 'version', '_meta', 'data_stream', 'allow_auto_create'],
  ...['ignore_missing_component_templates', 'deprecated', 'created_date', 'modified_date', 'created_date_millis', 'modified_date_millis'],
]);
const legacyKeys = new Set(['index_patterns', 'template', 'order', 'settings', 'mappings', 'aliases', 'version']);
const bodyKeys = ['settings', 'mappings', 'aliases'] as const;

function patternsOf(sent: JsonObject, name: string): readonly string[] {
  const patterns = textList(sent.index_patterns ?? (typeof sent.template === 'string' ? sent.template : undefined), 'index_patterns');
  if (patterns.length === 0) throw illegalArgument(`index patterns are missing in template [${name}]`);
  const wrong = patterns.find((pattern) => pattern === '' || /[\s,"\\]|^[_]/.test(pattern));
  if (wrong !== undefined)
    throw invalidTemplate(name, `index_patterns [${wrong}] must not contain spaces, commas or quotes, or start with '_'`);
  return patterns;
}

function invalidTemplate(name: string, reason: string): AppError {
  return elasticsearchError(
    'invalid_index_template_exception',
    `index_template [${name}] invalid, cause [Validation Failed: 1: ${reason};]`,
  );
}

/** The settings, mappings and aliases of a body of either kind: inside `template`, or at the top as legacy templates have them. */
function bodyOf(sent: JsonObject): TemplateBody {
  const inner: JsonValue | undefined = typeof sent.template === 'string' ? undefined : sent.template;
  const outer = Object.fromEntries(bodyKeys.filter((key) => sent[key] !== undefined).map((key) => [key, sent[key] as JsonValue]));
  if (Object.keys(outer).length === 0) return parseTemplateBody(inner);
  return parseTemplateBody(joinObjects(isJsonObject(inner) ? inner : {}, outer));
}

function checkKeys(sent: JsonObject, allowed: (key: string) => boolean, parser: string): void {
  const unknown = Object.keys(sent).find((key) => !allowed(key));
  if (unknown !== undefined) throw unknownKey(unknown, parser);
}

/** A body for `_index_template`. A legacy body is understood too: `order` becomes the priority. */
export function parseIndexTemplate(name: string, sent: JsonObject): IndexTemplate {
  checkKeys(sent, (key) => composableKeys.has(key) || legacyKeys.has(key), 'index_template');
  const body = bodyOf(sent);
  const priority = optionalInteger(sent.priority ?? sent.order, 'priority');
  if (priority !== undefined && priority < 0) throw invalidTemplate(name, 'index template priority must be >= 0');
  const version = optionalInteger(sent.version, 'version');
  const meta = optionalObject(sent._meta, '_meta');
  const dataStream = optionalObject(sent.data_stream, 'data_stream');
  const ignoreMissing = textList(sent.ignore_missing_component_templates, 'ignore_missing_component_templates');
  const autoCreate = sent.allow_auto_create;
  return {
    indexPatterns: patternsOf(sent, name),
    composedOf: textList(sent.composed_of, 'composed_of'),
    ...(Object.keys(body).length > 0 || sent.template !== undefined ? { template: body } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(version === undefined ? {} : { version }),
    ...(meta === undefined ? {} : { meta }),
    ...(dataStream === undefined ? {} : { dataStream }),
    ...(ignoreMissing.length === 0 ? {} : { ignoreMissing }),
    ...(autoCreate === undefined || autoCreate === null ? {} : { allowAutoCreate: asBoolean(autoCreate, 'allow_auto_create') }),
  };
}

/** A body for `_component_template`. */
export function parseComponentTemplate(sent: JsonObject): ComponentTemplate {
  checkKeys(sent, (key) => ['template', 'version', '_meta', 'deprecated'].includes(key), 'component_template');
  if (sent.template === undefined) throw illegalArgument('Required [template]');
  const version = optionalInteger(sent.version, 'version');
  const meta = optionalObject(sent._meta, '_meta');
  return {
    template: parseTemplateBody(sent.template),
    ...(version === undefined ? {} : { version }),
    ...(meta === undefined ? {} : { meta }),
  };
}

/** A body for `_template`. A composable body, which Fluentd's plugin sends there, is understood too: `priority` becomes the order. */
export function parseLegacyTemplate(name: string, sent: JsonObject): LegacyTemplate {
  checkKeys(sent, (key) => composableKeys.has(key) || legacyKeys.has(key), 'template');
  if (sent.data_stream !== undefined) throw illegalArgument(`template [${name}] has [data_stream]; put it to _index_template instead`);
  const version = optionalInteger(sent.version, 'version');
  const composedOf = textList(sent.composed_of, 'composed_of');
  const meta = optionalObject(sent._meta, '_meta');
  return {
    indexPatterns: patternsOf(sent, name),
    order: optionalInteger(sent.order ?? sent.priority, 'order') ?? 0,
    body: bodyOf(sent),
    ...(version === undefined ? {} : { version }),
    ...(composedOf.length === 0 ? {} : { composedOf }),
    ...(meta === undefined ? {} : { meta }),
  };
}
