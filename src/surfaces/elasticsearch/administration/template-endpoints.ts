import { deleteTemplates, putComponentTemplate, putIndexTemplate, putLegacyTemplate } from '../../../catalogue/change-templates.ts';
import {
  composeFor,
  composeTemplate,
  matchingBuiltIn,
  matchingTemplate,
  overlappingTemplates,
} from '../../../catalogue/compose-template.ts';
import { parseIndexTemplate } from '../../../catalogue/parse-template.ts';
import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import type { Answer } from '../send-answer.ts';
import type { AdministrationOptions, AdministrationPorts } from './administration-ports.ts';
import { acknowledged } from './index-expression.ts';
import {
  allIndexTemplates,
  componentTemplateAnswer,
  composedAnswer,
  indexTemplateAnswer,
  legacyTemplateAnswer,
  selectByName,
} from './template-answers.ts';

/** `_index_template`, `_component_template` and the older `_template`. */
export function addTemplateEndpoints(routes: Routes, ports: AdministrationPorts, options: AdministrationOptions): void {
  const { catalogue } = ports;
  const putOptions = (call: Call) => ({ create: call.flag('create'), strict: options.strictTemplates });

  routes.on(['PUT', 'POST'], '/_index_template/:name', async (call) => {
    const name = call.requiredParam('name');
    const warnings = await catalogue.change((draft) => putIndexTemplate(draft, name, call.requiredObject(), putOptions(call)));
    return { ...acknowledged, warnings };
  });
  routes.on('GET', ['/_index_template', '/_index_template/:name'], (call) => {
    const found = selectByName(allIndexTemplates(catalogue.state), call.param('name'));
    refuseMissing(call, found.length, 'index template');
    const flat = call.flag('flat_settings');
    return { json: { index_templates: found.map(([name, template]) => ({ name, index_template: indexTemplateAnswer(template, flat) })) } };
  });
  routes.on('DELETE', '/_index_template/:name', async (call) => {
    await catalogue.change((draft) => deleteTemplates(draft, 'index_template', call.requiredParam('name')));
    return acknowledged;
  });

  routes.on(['PUT', 'POST'], '/_component_template/:name', async (call) => {
    const name = call.requiredParam('name');
    await catalogue.change((draft) => putComponentTemplate(draft, name, call.requiredObject(), putOptions(call)));
    return acknowledged;
  });
  routes.on('GET', ['/_component_template', '/_component_template/:name'], (call) => {
    const found = selectByName(catalogue.state.component_template, call.param('name'));
    refuseMissing(call, found.length, 'component template');
    const flat = call.flag('flat_settings');
    return {
      json: {
        component_templates: found.map(([name, template]) => ({ name, component_template: componentTemplateAnswer(template, flat) })),
      },
    };
  });
  routes.on('DELETE', '/_component_template/:name', async (call) => {
    await catalogue.change((draft) => deleteTemplates(draft, 'component_template', call.requiredParam('name')));
    return acknowledged;
  });

  routes.on(['PUT', 'POST'], '/_template/:name', async (call) => {
    const name = call.requiredParam('name');
    const warnings = await catalogue.change((draft) => putLegacyTemplate(draft, name, call.requiredObject(), putOptions(call)));
    return { ...acknowledged, warnings };
  });
  routes.on('GET', ['/_template', '/_template/:name'], (call): Answer => {
    const found = selectByName(catalogue.state.legacy_template, call.param('name'));
    const flat = call.flag('flat_settings');
    const json = Object.fromEntries(found.map(([name, template]) => [name, legacyTemplateAnswer(template, flat)]));
    const missing = found.length === 0 && call.param('name') !== undefined && !call.requiredParam('name').includes('*');
    return { status: missing ? 404 : 200, json };
  });
  routes.on('DELETE', '/_template/:name', async (call) => {
    await catalogue.change((draft) => deleteTemplates(draft, 'legacy_template', call.requiredParam('name')));
    return acknowledged;
  });

  addSimulation(routes, ports);
}

function refuseMissing(call: Call, found: number, what: string): void {
  const name = call.param('name');
  if (found > 0 || name === undefined || name.includes('*')) return;
  throw elasticsearchError('resource_not_found_exception', `${what} matching [${name}] not found`, { code: 'not_found' });
}

/** `_simulate` shows what a template gives, `_simulate_index` what an index of a name would get. Neither changes anything. */
function addSimulation(routes: Routes, { catalogue }: AdministrationPorts): void {
  const overlapping = (name: string, template: ReturnType<typeof parseIndexTemplate>) =>
    overlappingTemplates(catalogue.state, name, template, false).map((other) => ({
      name: other.name,
      index_patterns: other.indexPatterns,
    }));

  routes.on('POST', ['/_index_template/_simulate', '/_index_template/_simulate/:name'], (call) => {
    const stored = call.param('name');
    const sent = call.object();
    const given = Object.keys(sent).length > 0 ? parseIndexTemplate(stored ?? 'simulated', sent) : undefined;
    const template = given ?? allIndexTemplates(catalogue.state).get(stored ?? '');
    if (!template) throw illegalArgument(`unable to simulate template [${stored ?? ''}] that does not exist`);
    const composed = composeTemplate(catalogue.state, stored, template);
    return { json: { template: composedAnswer(composed, call.flag('flat_settings')), overlapping: overlapping(stored ?? '', template) } };
  });

  routes.on('POST', '/_index_template/_simulate_index/:name', (call) => {
    const index = call.requiredParam('name');
    const found = matchingTemplate(catalogue.state, index) ?? matchingBuiltIn(catalogue.state, index);
    const composed = found ? composeTemplate(catalogue.state, found.name, found.template) : composeFor(catalogue.state, index);
    const others = found ? overlapping(found.name, { ...found.template, indexPatterns: [index] }) : [];
    return { json: { template: composedAnswer(composed, call.flag('flat_settings')), overlapping: others } };
  });
}
