import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { EffectiveMapping } from '../../catalogue/effective-mapping.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { createFields } from './create-fields.ts';
import type { Field } from './field.ts';
import { readStoredFieldsOfEach, type StoredFields } from './stored-fields.ts';

export type DiscoveredField = Readonly<{ path: string; type: string }>;

/** More than Elasticsearch's limit of fields per index, and little enough for one answer. */
const maxFields = 5000;

/** A string that nobody mapped is reported as dynamic mapping would: `text`, with a `keyword` sub-field beside it. */
export function reportedType(field: Field): string {
  return field.terms === 'both' ? 'text' : field.type;
}

/** Per index the fields that documents brought and no mapping names, with the types that dynamic mapping would give them. */
export function createDiscoveredFields(
  engine: Engine,
  catalogue: Pick<Catalogue, 'mappingOf'>,
): (indices: readonly string[]) => Promise<ReadonlyMap<string, readonly DiscoveredField[]>> {
  return async (indices) => {
    const stored = await readStoredFieldsOfEach(engine, indices);
    return new Map([...stored].map(([index, fields]) => [index, discovered(fields, catalogue.mappingOf(index))]));
  };
}

function discovered(stored: StoredFields, mapping: EffectiveMapping | undefined): readonly DiscoveredField[] {
  return createFields(stored, mapping === undefined ? [] : [mapping])
    .matching('*')
    .filter(({ name }) => mapping?.fields.has(name) !== true && mapping?.objects.has(name) !== true)
    .slice(0, maxFields)
    .map((field) => ({ path: field.name, type: reportedType(field) }));
}
