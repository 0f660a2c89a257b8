import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Field } from './field.ts';
import type { FieldsOfIndices } from './fields-of-indices.ts';

export type DiscoveredField = Readonly<{ path: string; type: string }>;

/** More than Elasticsearch's limit of fields per index, and little enough for one answer. */
const maxFields = 5000;

/** A string that nobody mapped is reported as dynamic mapping would: `text`, with a `keyword` sub-field beside it. */
export function reportedType(field: Field): string {
  return field.terms === 'both' ? 'text' : field.type;
}

/** Per index the fields that documents brought and no mapping names, with the types that dynamic mapping would give them. */
export function createDiscoveredFields(
  fieldsOf: FieldsOfIndices,
  catalogue: Pick<Catalogue, 'mappingOf'>,
): (indices: readonly string[]) => Promise<ReadonlyMap<string, readonly DiscoveredField[]>> {
  return async (indices) => {
    const found = new Map<string, readonly DiscoveredField[]>();
    for (const index of indices) {
      const mapping = catalogue.mappingOf(index);
      const fields = (await fieldsOf([index]))
        .matching('*')
        .filter(({ name }) => mapping?.fields.has(name) !== true && mapping?.objects.has(name) !== true);
      found.set(
        index,
        fields.slice(0, maxFields).map((field) => ({ path: field.name, type: reportedType(field) })),
      );
    }
    return found;
  };
}
