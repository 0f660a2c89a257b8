import type { CatalogueState, ComponentTemplate, IndexTemplate, LegacyTemplate, TemplateBody } from '../../../catalogue/catalogue-state.ts';
import { builtInTemplates, type Composed } from '../../../catalogue/compose-template.ts';
import { matchesPattern } from '../../../catalogue/name-pattern.ts';
import { mergeSettings } from '../../../catalogue/settings.ts';
import type { JsonObject } from '../../../lib/json/json-text.ts';
import { aliasesAnswer, settingsAnswer } from './index-answers.ts';

function bodyAnswer(body: TemplateBody, flat: boolean): JsonObject {
  return {
    ...(body.settings ? { settings: settingsAnswer(mergeSettings(body.settings), flat) } : {}),
    ...(body.mappings ? { mappings: body.mappings } : {}),
    ...(body.aliases ? { aliases: aliasesAnswer(body.aliases) } : {}),
  };
}

export function indexTemplateAnswer(template: IndexTemplate, flat: boolean): JsonObject {
  const { dataStream } = template;
  return {
    index_patterns: template.indexPatterns,
    ...(template.template ? { template: bodyAnswer(template.template, flat) } : {}),
    composed_of: template.composedOf,
    ...(template.priority === undefined ? {} : { priority: template.priority }),
    ...(template.version === undefined ? {} : { version: template.version }),
    ...(template.meta ? { _meta: template.meta } : {}),
    ...(dataStream ? { data_stream: { hidden: false, allow_custom_routing: false, ...dataStream } } : {}),
    ...(template.allowAutoCreate === undefined ? {} : { allow_auto_create: template.allowAutoCreate }),
    ...(template.ignoreMissing ? { ignore_missing_component_templates: template.ignoreMissing } : {}),
  };
}

export function componentTemplateAnswer(template: ComponentTemplate, flat: boolean): JsonObject {
  return {
    template: bodyAnswer(template.template, flat),
    ...(template.version === undefined ? {} : { version: template.version }),
    ...(template.meta ? { _meta: template.meta } : {}),
  };
}

export function legacyTemplateAnswer(template: LegacyTemplate, flat: boolean): JsonObject {
  return {
    order: template.order,
    ...(template.version === undefined ? {} : { version: template.version }),
    index_patterns: template.indexPatterns,
    settings: {},
    mappings: {},
    aliases: {},
    ...bodyAnswer(template.body, flat),
    ...(template.composedOf ? { composed_of: template.composedOf } : {}),
    ...(template.meta ? { _meta: template.meta } : {}),
  };
}

export function composedAnswer(composed: Composed, flat: boolean): JsonObject {
  return {
    settings: settingsAnswer(composed.settings, flat),
    mappings: composed.mappings,
    aliases: aliasesAnswer(composed.aliases),
  };
}

/** All composable templates by name, those that Elasticsearch brings included. */
export function allIndexTemplates(state: CatalogueState): ReadonlyMap<string, IndexTemplate> {
  return new Map([...builtInTemplates, ...state.index_template]);
}

/** Entries of a map whose name an expression of names and patterns selects; every entry without one. */
export function selectByName<T>(map: ReadonlyMap<string, T>, expression: string | undefined): readonly (readonly [string, T])[] {
  const patterns = expression === undefined || expression === '' ? ['*'] : expression.split(',');
  return [...map].filter(([name]) => patterns.some((pattern) => matchesPattern(pattern === '_all' ? '*' : pattern, name)));
}
