import type { Catalogue } from './catalogue/catalogue.ts';
import { type DocumentCheck, type DocumentFailure, documentCheck } from './catalogue/check-document.ts';
import type { EffectiveMapping } from './catalogue/effective-mapping.ts';
import type { Settings } from './catalogue/settings.ts';
import { dateFormats } from './lib/dates/date-format.ts';
import { utc } from './lib/dates/time-zone.ts';
import { isJsonObject, JsonTextError, parseJson } from './lib/json/json-text.ts';
import type { WritePorts } from './sources/elasticsearch/write-ports.ts';

const isDate = (text: string, format: string) => dateFormats(format).some((one) => one.parse(text, utc, false) !== undefined);

/** Mappings are immutable, so a check is made once for each. */
export function createMappingCheck(catalogue: Catalogue): WritePorts['mappingCheck'] {
  type Check = ((document: Uint8Array) => DocumentFailure | undefined) | undefined;
  const checks = new WeakMap<EffectiveMapping, Readonly<{ settings: Settings; check: Check }>>();
  return (index) => {
    const mapping = catalogue.mappingOf(index);
    const settings = catalogue.settingsOf(index);
    if (!mapping || !settings) return undefined;
    const known = checks.get(mapping);
    if (known?.settings === settings) return known.check;
    const checkObject = documentCheck(mapping, settings, { isDate });
    const check: Check = checkObject && ((document) => readAndCheck(document, checkObject));
    checks.set(mapping, { settings, check });
    return check;
  };
}

function readAndCheck(document: Uint8Array, check: DocumentCheck): DocumentFailure | undefined {
  try {
    const value = parseJson(Buffer.from(document.buffer, document.byteOffset, document.length).toString());
    return isJsonObject(value) ? check(value) : undefined;
  } catch (error) {
    // The journal's own check says what is wrong with text that is no JSON.
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}
