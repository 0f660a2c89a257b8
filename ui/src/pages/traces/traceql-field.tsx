import { useQuery } from '@tanstack/react-query';
import { getJson } from '../../api/http.ts';
import { CompletingInput } from '../../components/completing-input.tsx';
import { mostSuggestions, type Suggestion } from '../../components/suggestion.ts';
import { useCompleting } from '../../components/use-completing.ts';
import styles from './search-page.module.css';
import {
  complete,
  fieldNames,
  suggestedFields,
  suggestedValues,
  type TagNames,
  type TagValue,
  type Typing,
  typingAt,
} from './traceql-completion.ts';

/** TraceQL, completed by the names and values that spans have had within the last day. Enter searches. */
export function TraceQlField({ query, onSubmit }: Readonly<{ query: string; onSubmit: (query: string) => void }>) {
  const completing = useCompleting(query, { typingAt, complete });
  return (
    <div className={styles.traceql}>
      <CompletingInput
        completing={completing}
        suggestions={useSuggestions(completing.typing)}
        onSubmit={onSubmit}
        label="TraceQL"
        placeholder='TraceQL:  { name = "get_forecast" && status = error }'
      />
    </div>
  );
}

/** Names of all fields of the last day. */
export const useTagNames = () =>
  useQuery({
    queryKey: ['trace tags'],
    staleTime: 60_000,
    queryFn: ({ signal }) => getJson<TagNames>('/api/traces/tags', { start: 'now-1d' }, signal),
    select: fieldNames,
  });

/** Commonest values of a field within the last day. */
export const useTagValues = (field: string | undefined) =>
  useQuery({
    queryKey: ['trace tag values', field],
    enabled: field !== undefined,
    staleTime: 60_000,
    queryFn: async ({ signal }) =>
      (
        await getJson<{ values: readonly TagValue[] }>(
          `/api/traces/tags/${encodeURIComponent(field as string)}/values`,
          { start: 'now-1d', limit: 200 },
          signal,
        )
      ).values,
  });

/** Nearly every span has another, so nothing is listed. */
const unlisted =
  /^(?:duration|traceDuration|nested|span:(?:duration|id|parentID|childCount)|trace:(?:id|duration)|event|link|instrumentation|parent)/;

function useSuggestions(typing: Typing | undefined): readonly Suggestion[] {
  const names = useTagNames();
  const isListed = typing?.what === 'value' && !unlisted.test(typing.field);
  const values = useTagValues(isListed ? typing.field : undefined);
  if (typing === undefined) return [];
  const found = typing.what === 'field' ? suggestedFields(names.data ?? [], typing.text) : suggestedValues(values.data ?? [], typing.text);
  return found.slice(0, mostSuggestions);
}
