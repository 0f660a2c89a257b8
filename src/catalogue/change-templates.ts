import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import type { JsonObject } from '../lib/json/json-text.ts';
import { resourceNotFound } from './catalogue-errors.ts';
import { composeTemplate, overlappingTemplates } from './compose-template.ts';
import type { Draft } from './draft.ts';
import { matchesPattern } from './name-pattern.ts';
import { parseComponentTemplate, parseIndexTemplate, parseLegacyTemplate } from './parse-template.ts';

/** `strict`: a template that names missing component templates is refused, as in Elasticsearch; otherwise it gives a warning. */
export type TemplateOptions = Readonly<{ create?: boolean; strict?: boolean }>;
export type Warnings = readonly string[];

function checkName(name: string): void {
  if (name === '' || /[\s,"*\\|/<>?#]|^_/.test(name) || name !== name.toLowerCase()) {
    throw illegalArgument(
      `invalid template name [${name}]: it must be lower case, without spaces, commas, '#' or '*', and not start with '_'`,
    );
  }
}

/** Adds or replaces a composable template. Returns warnings for the client. Throws 400 in Elasticsearch's form. */
export function putIndexTemplate(draft: Draft, name: string, sent: JsonObject, options: TemplateOptions = {}): Warnings {
  checkName(name);
  if (options.create && draft.get('index_template', name)) throw illegalArgument(`index template [${name}] already exists`);
  const template = parseIndexTemplate(name, sent);
  const overlapping = overlappingTemplates(draft.state, name, template);
  if (overlapping.length > 0) {
    const names = overlapping.map((other) => other.name).join(', ');
    const patterns = overlapping.map((other) => `${other.name} => [${other.indexPatterns.join(', ')}]`).join(', ');
    throw illegalArgument(
      `index template [${name}] has index patterns [${template.indexPatterns.join(', ')}] matching patterns from existing templates [${names}] with patterns (${patterns}) that have the same priority [${template.priority ?? 0}], multiple index templates may not match during index creation, please use a different priority`,
    );
  }
  const warnings = missingComponents(draft, name, template.composedOf, template.ignoreMissing ?? [], options.strict === true);
  // Parts that cannot be one mapping are refused now, not when an index is created.
  composeTemplate(draft.state, name, template);
  const streams = [...draft.state.data_stream.values()].filter((stream) => stream.template === name).map((stream) => stream.name);
  if (streams.length > 0 && !template.dataStream)
    throw illegalArgument(`template [${name}] is used by data streams [${streams.join(', ')}] and must keep [data_stream]`);
  draft.put('index_template', name, template);
  return warnings;
}

function missingComponents(
  draft: Draft,
  name: string,
  composedOf: readonly string[],
  ignore: readonly string[],
  strict: boolean,
): Warnings {
  const missing = composedOf.filter((component) => !draft.get('component_template', component) && !ignore.includes(component));
  if (missing.length === 0) return [];
  const reason = `index template [${name}] specifies component templates [${missing.join(', ')}] that do not exist`;
  if (strict) throw elasticsearchError('invalid_index_template_exception', `index_template [${name}] invalid, cause [${reason}]`);
  return [`${reason}; the template is stored and works without them`];
}

/** Adds or replaces a legacy template. */
export function putLegacyTemplate(draft: Draft, name: string, sent: JsonObject, options: TemplateOptions = {}): Warnings {
  checkName(name);
  if (options.create && draft.get('legacy_template', name)) throw illegalArgument(`index_template [${name}] already exists`);
  const template = parseLegacyTemplate(name, sent);
  draft.put('legacy_template', name, template);
  return missingComponents(draft, name, template.composedOf ?? [], [], options.strict === true);
}

/** Adds or replaces a component template. */
export function putComponentTemplate(draft: Draft, name: string, sent: JsonObject, options: TemplateOptions = {}): void {
  checkName(name);
  if (options.create && draft.get('component_template', name)) throw illegalArgument(`component template [${name}] already exists`);
  draft.put('component_template', name, parseComponentTemplate(sent));
  for (const [user, template] of draft.state.index_template) {
    if (template.composedOf.includes(name)) composeTemplate(draft.state, user, template);
  }
}

type TemplateKind = 'index_template' | 'component_template' | 'legacy_template';

/** Removes templates by a comma list of names and patterns. Throws 404 for a missing name and 400 for one that is in use. */
export function deleteTemplates(draft: Draft, kind: TemplateKind, expression: string): void {
  for (const pattern of expression.split(',')) {
    const names = [...draft.state[kind].keys()].filter((name) => matchesPattern(pattern, name));
    if (names.length === 0 && !pattern.includes('*')) {
      if (kind === 'legacy_template')
        throw elasticsearchError('index_template_missing_exception', `index_template [${pattern}] missing`, { code: 'not_found' });
      throw resourceNotFound(`${kind.replace('_', ' ')} matching [${pattern}] not found`);
    }
    for (const name of names) {
      checkUnused(draft, kind, name);
      draft.remove(kind, name);
    }
  }
}

function checkUnused(draft: Draft, kind: TemplateKind, name: string): void {
  if (kind === 'index_template') {
    const users = [...draft.state.data_stream.values()].filter((stream) => stream.template === name).map((stream) => stream.name);
    if (users.length > 0)
      throw illegalArgument(`unable to remove composable templates [${name}] as they are in use by a data streams [${users.join(', ')}]`);
  }
  if (kind === 'component_template') {
    const users = [...draft.state.index_template].filter(([, template]) => template.composedOf.includes(name)).map(([user]) => user);
    if (users.length > 0)
      throw illegalArgument(
        `component templates [${name}] cannot be removed as they are still in use by index templates [${users.join(', ')}]`,
      );
  }
}
