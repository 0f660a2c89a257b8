import type { EffectiveMapping, MappedField } from '../../catalogue/effective-mapping.ts';
import { matchesPattern } from '../../catalogue/name-pattern.ts';
import { type LogField, logFields } from '../../model/log-fields.ts';
import { derivedType, mappedType, termsOf } from './derive-type.ts';
import { docReading, isReadablePath } from './doc-reading.ts';
import type { Field, Fields, Reading } from './field.ts';
import { canonicalName } from './field-names.ts';
import { knownField, knownReadings } from './known-readings.ts';
import { memberReadings, splitMember } from './member-readings.ts';
import { metaFields } from './meta-fields.ts';
import type { StoredFields } from './stored-fields.ts';

/** A search without a field looks at this many readings at most. */
const maxSearchable = 512;

const keywordSuffix = '.keyword';
const timeReading: Reading = { sql: 'timestamp', type: 'time', array: false, missing: 'never' };

/** Instances are made per request from what was read before; `mappings` are those of the indices, newest index first. */
export function createFields(stored: StoredFields, mappings: readonly EffectiveMapping[]): Fields {
  return new IndexFields(stored, mappings);
}

class IndexFields implements Fields {
  readonly #stored: StoredFields;
  readonly #mappings: readonly EffectiveMapping[];
  readonly #found = new Map<string, Field>();
  #names: readonly string[] | undefined;
  #objects: ReadonlySet<string> | undefined;
  #searchable: readonly Reading[] | undefined;
  #searchableValues: readonly Reading[] | undefined;

  constructor(stored: StoredFields, mappings: readonly EffectiveMapping[]) {
    this.#stored = stored;
    this.#mappings = mappings;
  }

  find(name: string): Field {
    let field = this.#found.get(name);
    if (!field) {
      field = metaFields.get(name) ?? this.#resolve(name);
      this.#found.set(name, field);
    }
    return field;
  }

  matching(pattern: string): readonly Field[] {
    if (!pattern.includes('*')) {
      const field = this.find(pattern);
      return field.readings.length === 0 ? [] : [field];
    }
    this.#names ??= this.#allNames();
    return this.#names.filter((name) => matchesPattern(pattern, name)).map((name) => this.find(name));
  }

  get searchable(): readonly Reading[] {
    this.#searchable ??= this.#listSearchable(
      ['msg', ...this.#storedKnown(({ kind }) => kind !== 'float' && kind !== 'integer')],
      ({ type }) => type === 'string',
    );
    return this.#searchable;
  }

  get searchableValues(): readonly Reading[] {
    this.#searchableValues ??= this.#listSearchable(
      this.#storedKnown(() => true),
      ({ type }) => type === 'integer' || type === 'float' || type === 'boolean',
    );
    return this.#searchableValues;
  }

  #mapped(name: string): MappedField | undefined {
    for (const mapping of this.#mappings) {
      const field = mapping.fields.get(name);
      if (field) return field;
    }
    return undefined;
  }

  #resolve(name: string): Field {
    const mapped = this.#mapped(name);
    if (mapped) return this.#mappedField(name, mapped);
    const canonical = canonicalName(name);
    const mappedAs = canonical === name ? undefined : this.#mapped(canonical);
    if (mappedAs && !this.#stored.docTypes.has(name)) return this.#mappedField(canonical, mappedAs);
    const readings = this.#isUnseenKeyword(name) ? [] : this.#readings(name);
    if (readings.length > 0) return this.#unmappedField(canonical, readings);
    if (name.endsWith(keywordSuffix)) {
      const base = this.find(name.slice(0, -keywordSuffix.length));
      if (base.readings.length > 0) return { ...base, type: base.terms === 'exact' ? base.type : 'keyword', terms: 'exact' };
    }
    return {
      name: canonical,
      type: this.#isObject(name) ? 'object' : 'keyword',
      terms: 'exact',
      readings: [],
      ignoreAbove: 0,
      dateFormat: undefined,
    };
  }

  /** Any name below an object field can be read, so `labels.app.keyword` would be a member that no document has. */
  #isUnseenKeyword(name: string): boolean {
    const { docTypes, members } = this.#stored;
    return name.endsWith(keywordSuffix) && splitMember(name) !== undefined && !docTypes.has(name) && !members.has(name);
  }

  #mappedField(name: string, mapped: MappedField): Field {
    const type = mappedType(mapped.type);
    const dateFormat = mapped.format?.split('||')[0];
    return { name, type, terms: termsOf(type), readings: this.#readings(mapped.sourcePath), ignoreAbove: mapped.ignoreAbove, dateFormat };
  }

  #unmappedField(name: string, readings: readonly Reading[]): Field {
    const plain = { name, readings, ignoreAbove: 0, dateFormat: undefined };
    const known = knownField(name);
    if (known?.kind === 'object') return { ...plain, type: 'object', terms: 'exact' };
    if (known?.kind === 'float' || known?.kind === 'integer')
      return { ...plain, type: known.kind === 'float' ? 'double' : 'long', terms: 'exact' };
    // Ids are looked up whole: only so does the engine use their index.
    if (known?.kind === 'id') return { ...plain, type: 'keyword', terms: 'exact' };
    if (known?.kind === 'text') return { ...plain, type: 'text', terms: 'both' };
    const sampled = this.#stored.members.get(name);
    const type = derivedType(sampled ? sampled.flatMap((one) => docReading(name, one) ?? []) : readings);
    return { ...plain, type, terms: type === 'keyword' ? 'both' : 'exact' };
  }

  #readings(name: string): readonly Reading[] {
    const canonical = canonicalName(name);
    // `time` and `ts` are the record's time too, whatever else a document may have under these names.
    if (canonical === 'timestamp') return [timeReading];
    const known = knownField(canonical);
    if (known) return knownReadings(known, name, this.#stored.docTypes);
    if (!isReadablePath(name)) return [];
    const ofDoc = (this.#stored.docTypes.get(name) ?? []).flatMap((type) => docReading(name, type) ?? []);
    const split = splitMember(name);
    if (!split || !this.#stored.columns.has(split.object)) return ofDoc;
    return [...memberReadings(split.object, split.member, this.#stored.members.get(name)), ...ofDoc];
  }

  #isObject(name: string): boolean {
    if (!this.#objects) {
      const objects = new Set<string>();
      for (const path of this.#allNames()) {
        for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) objects.add(path.slice(0, dot));
      }
      this.#objects = objects;
    }
    return this.#objects.has(name) || this.#mappings.some((mapping) => mapping.objects.has(name));
  }

  #allNames(): readonly string[] {
    const { columns, docTypes, members } = this.#stored;
    const mapped = this.#mappings.flatMap((mapping) => [...mapping.fields.keys()]);
    const present = [...columns, ...[...docTypes.keys()].filter(isReadablePath), ...members.keys()];
    return [...new Set(['timestamp', ...present, ...mapped])].sort();
  }

  #storedKnown(isWanted: (field: LogField) => boolean): readonly string[] {
    const { columns, docTypes } = this.#stored;
    return logFields.filter((field) => (columns.has(field.path) || docTypes.has(field.path)) && isWanted(field)).map(({ path }) => path);
  }

  /** Of these known fields, and of all others. */
  #listSearchable(known: readonly string[], isWanted: (reading: Reading) => boolean): readonly Reading[] {
    const found = [...new Set(known)].flatMap((name) => this.find(name).readings.filter(isWanted));
    const covered = new Set(found.map(({ sql }) => sql));
    for (const [path, types] of this.#stored.docTypes) {
      if (found.length >= maxSearchable) break;
      if (!isReadablePath(path) || knownField(canonicalName(path)) !== undefined) continue;
      for (const type of types) {
        const reading = docReading(path, type);
        if (reading !== undefined && isWanted(reading) && !covered.has(reading.sql)) found.push(reading);
      }
    }
    return found.slice(0, maxSearchable);
  }
}
