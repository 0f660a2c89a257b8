import { useQuery } from '@tanstack/react-query';
import { getJson, postJson } from '../api/http.ts';

type FieldCaps = Readonly<{
  fields: Readonly<Record<string, Readonly<Record<string, Readonly<{ type: string; aggregatable?: boolean }>>>>>;
}>;

export type Field = Readonly<{ name: string; type: string; aggregatable: boolean }>;

/** The fields that logs have, as `_field_caps` tells them; names that begin with `_` left out. */
export function useFields(): readonly Field[] {
  const { data } = useQuery({
    queryKey: ['fields'],
    staleTime: 60_000,
    queryFn: ({ signal }) => getJson<FieldCaps>('/elasticsearch/*/_field_caps', { fields: '*' }, signal),
    select: fieldsOf,
  });
  return data ?? none;
}

const none: readonly Field[] = [];

const fieldsOf = ({ fields }: FieldCaps): readonly Field[] =>
  Object.entries(fields)
    .flatMap(([name, types]) => {
      const [first] = Object.values(types);
      return name.startsWith('_') || first === undefined || first.type === 'object'
        ? []
        : [{ name, type: first.type, aggregatable: first.aggregatable ?? false }];
    })
    .sort((one, other) => one.name.localeCompare(other.name));

type TermsAnswer = Readonly<{
  aggregations?: Readonly<{
    values?: Readonly<{ buckets: readonly Readonly<{ key: string | number; key_as_string?: string; doc_count: number }>[] }>;
  }>;
}>;

/** Commonest values of a field that begin with a text, within the last day. */
export async function fieldValues(field: string, start: string, signal: AbortSignal): Promise<readonly string[]> {
  const escaped = start.replace(/[.?+*|{}[\]()"\\#@&<>~^$]/g, '\\$&');
  const answer = await postJson<TermsAnswer>(
    '/elasticsearch/*/_search',
    {
      size: 0,
      query: { range: { timestamp: { gte: 'now-1d' } } },
      aggs: { values: { terms: { field, size: 12, ...(start === '' ? {} : { include: `${escaped}.*` }) } } },
    },
    signal,
  );
  return (answer.aggregations?.values?.buckets ?? []).map(({ key, key_as_string }) => key_as_string ?? String(key));
}
