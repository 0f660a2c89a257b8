import { reportedType } from '../fields/discovered-fields.ts';
import type { Field, Fields } from '../fields/field.ts';
import type { Search, SearchInput } from './search.ts';

type Capability = { type: string; metadata_field: boolean; searchable: boolean; aggregatable: boolean; indices?: string[] };

/** Beyond this many indices the types are those of all indices together, and no conflicts are told. */
const maxSeparate = 20;
const metaNames = ['_id', '_index', '_seq_no', '_version', '_source'];

/** `_field_caps`: `{indices, fields: {name: {type: capability}}}`. */
export async function fieldCapabilities(
  search: Search,
  input: Pick<SearchInput, 'index' | 'readOptions'>,
  patterns: readonly string[],
): Promise<Readonly<{ indices: readonly string[]; fields: Readonly<Record<string, Readonly<Record<string, Capability>>>> }>> {
  const indices = search.resolve(input).map(({ index }) => index);
  const groups = indices.length > maxSeparate ? [indices] : indices.map((index) => [index]);
  const fields: Record<string, Record<string, Capability>> = Object.create(null);
  const typesOf = new Map<string, Map<string, string[]>>();
  for (const group of groups) {
    const found = await search.ports.fieldsOf(group);
    for (const capability of capabilitiesOf(found, patterns)) {
      fields[capability.name] ??= Object.create(null) as Record<string, Capability>;
      const byType = fields[capability.name] as Record<string, Capability>;
      const { name, ...shown } = capability;
      byType[shown.type] ??= shown;
      const types = typesOf.get(name) ?? new Map<string, string[]>();
      typesOf.set(name, types);
      types.set(shown.type, [...(types.get(shown.type) ?? []), ...group]);
    }
  }
  for (const [name, types] of typesOf) {
    if (types.size < 2) continue;
    for (const [type, list] of types) (fields[name]?.[type] as Capability).indices = list;
  }
  return { indices, fields };
}

function* capabilitiesOf(fields: Fields, patterns: readonly string[]): Generator<Capability & { name: string }> {
  const names = new Set<string>();
  for (const pattern of patterns) {
    const exact = pattern.includes('*') ? undefined : pattern;
    for (const field of fields.matching(pattern)) {
      const name = exact ?? field.name;
      if (names.has(name)) continue;
      names.add(name);
      yield { name, ...capabilityOf(field) };
      if (field.terms === 'both' && !exact && !names.has(`${name}.keyword`)) {
        names.add(`${name}.keyword`);
        yield { name: `${name}.keyword`, type: 'keyword', metadata_field: false, searchable: true, aggregatable: true };
      }
    }
    if (pattern !== '*') continue;
    for (const name of metaNames)
      yield { name, type: name, metadata_field: true, searchable: name !== '_source', aggregatable: name !== '_source' };
  }
}

function capabilityOf(field: Field): Capability {
  const isMeta = field.name.startsWith('_');
  const type = isMeta ? field.name : reportedType(field);
  const isObject = field.type === 'object';
  return { type, metadata_field: isMeta, searchable: !isObject, aggregatable: !isObject && field.terms !== 'tokens' };
}
