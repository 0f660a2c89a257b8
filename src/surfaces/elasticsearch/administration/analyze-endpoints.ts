import { settingText } from '../../../catalogue/settings.ts';
import { textList } from '../../../catalogue/template-body.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { JsonValue } from '../../../lib/json/json-text.ts';
import type { Routes } from '../frame.ts';
import type { AdministrationPorts } from './administration-ports.ts';
import { type Analyzer, analyzers, analyzeText } from './analyze-text.ts';

/** `_analyze` shows what Elasticsearch's analyzers make of a text. */
export function addAnalyzeEndpoints(routes: Routes, ports: AdministrationPorts): void {
  const { catalogue } = ports;

  routes.on(['GET', 'POST'], ['/_analyze', '/:index/_analyze'], (call) => {
    const body = call.object();
    const index = call.param('index') === undefined ? undefined : catalogue.resolveRead(call.requiredParam('index'))[0]?.index;
    const texts = textList(body.text ?? call.text('text'), 'text');
    if (texts.length === 0) throw illegalArgument('Validation Failed: 1: text is missing;');
    const analyzer = chooseAnalyzer(
      body.analyzer ?? call.text('analyzer'),
      body.tokenizer,
      textList(body.filter, 'filter'),
      index,
      body.field,
    );
    return { json: { tokens: analyzeAll(texts, analyzer) } };
  });

  /** The analyzer of a field: a keyword is one token, a text has the analyzer its mapping names. */
  function fieldAnalyzer(field: JsonValue | undefined, index: string | undefined): Analyzer | undefined {
    if (typeof field !== 'string' || index === undefined) return undefined;
    const mapped = catalogue.mappingOf(index)?.fields.get(field);
    if (!mapped) return undefined;
    if (mapped.type !== 'text') return analyzers.get('keyword');
    const name = mapped.definition.analyzer;
    return typeof name === 'string' ? namedAnalyzer(name, index) : undefined;
  }

  function namedAnalyzer(name: string, index: string | undefined): Analyzer {
    const settings = (index === undefined ? undefined : catalogue.settingsOf(index)) ?? {};
    const tokenizer = settingText(settings, `index.analysis.analyzer.${name}.tokenizer`);
    const filters = settings[`index.analysis.analyzer.${name}.filter`];
    const found = analyzers.get(name);
    if (tokenizer === undefined) {
      if (!found) throw illegalArgument(`failed to find analyzer [${name}]; meshscope has ${[...analyzers.keys()].join(', ')}`);
      return found;
    }
    return { tokenizer, filters: filters === undefined ? [] : [filters].flat() };
  }

  function chooseAnalyzer(
    name: JsonValue | undefined,
    tokenizer: JsonValue | undefined,
    filters: readonly string[],
    index: string | undefined,
    field: JsonValue | undefined,
  ): Analyzer {
    if (tokenizer !== undefined) return { tokenizer: String(tokenizer), filters };
    if (name !== undefined) return namedAnalyzer(String(name), index);
    if (filters.length > 0) return { tokenizer: 'keyword', filters };
    return fieldAnalyzer(field, index) ?? namedAnalyzer('standard', undefined);
  }
}

/** Elasticsearch leaves a gap of 100 positions and one character between the texts of a list. */
function analyzeAll(texts: readonly string[], analyzer: Analyzer) {
  let offset = 0;
  let position = 0;
  return texts.flatMap((text) => {
    const tokens = analyzeText(text, analyzer);
    const moved = tokens.map((token) => ({
      ...token,
      start_offset: token.start_offset + offset,
      end_offset: token.end_offset + offset,
      position: token.position + position,
    }));
    offset += text.length + 1;
    position += (tokens.at(-1)?.position ?? 0) + 101;
    return moved;
  });
}
