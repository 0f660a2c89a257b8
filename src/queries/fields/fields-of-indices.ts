import type { Catalogue } from '../../catalogue/catalogue.ts';
import { createFields } from './create-fields.ts';
import type { Fields } from './field.ts';
import { type StoredFieldsOptions, StoredFieldsReader } from './stored-fields.ts';

export type FieldsOfIndices = (indices: readonly string[]) => Promise<Fields>;

/** How the fields of a set of concrete indices are found: from the vocabulary, the store's notes and the explicit mappings. */
export function createFieldsOfIndices(
  options: StoredFieldsOptions & Readonly<{ catalogue: Pick<Catalogue, 'mappingOf'> }>,
): FieldsOfIndices {
  const reader = new StoredFieldsReader(options);
  return async (indices) => {
    const mappings = indices.toReversed().flatMap((index) => options.catalogue.mappingOf(index) ?? []);
    return createFields(await reader.read(indices), [...new Set(mappings)]);
  };
}
