import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { getJson } from '../../api/http.ts';
import styles from './search-page.module.css';
import {
  complete,
  fieldNames,
  type Suggested,
  suggestedFields,
  suggestedValues,
  type TagNames,
  type TagValue,
  type Typing,
  typingAt,
} from './traceql-completion.ts';

const mostSuggestions = 12;

/** TraceQL, completed by the names and values that spans have had within the last day. Enter searches. */
export function TraceQlField({ query, onSubmit }: Readonly<{ query: string; onSubmit: (query: string) => void }>) {
  const [text, setText] = useState(query);
  const [cursor, setCursor] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  useEffect(() => setText(query), [query]);
  // Before the next key is typed, which would else go elsewhere.
  const chosenCursor = useRef(-1);
  useLayoutEffect(() => {
    if (chosenCursor.current < 0 || input.current?.value !== text) return;
    input.current.setSelectionRange(chosenCursor.current, chosenCursor.current);
    chosenCursor.current = -1;
  }, [text]);
  const typing = isOpen ? typingAt(text, cursor) : undefined;
  const suggestions = useSuggestions(typing);
  const isListed = isOpen && suggestions.length > 0;

  const choose = ({ inserted }: Suggested) => {
    if (typing === undefined) return;
    const after = complete(text, cursor, typing, inserted);
    setText(after.query);
    setCursor(after.cursor);
    setActive(-1);
    chosenCursor.current = after.cursor;
  };
  const submit = () => {
    setOpen(false);
    onSubmit(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' && !isOpen) setOpen(true);
    else if (event.key === 'ArrowDown' && isListed) setActive((active + 1) % suggestions.length);
    else if (event.key === 'ArrowUp' && isListed) setActive((active <= 0 ? suggestions.length : active) - 1);
    else if ((event.key === 'Tab' || event.key === 'Enter') && isListed && active >= 0) choose(suggestions[active] as Suggested);
    else if (event.key === 'Enter') submit();
    else if (event.key === 'Escape' && isOpen) setOpen(false);
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.traceql}>
      <input
        ref={input}
        role="combobox"
        aria-label="TraceQL"
        aria-expanded={isListed}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isListed && active >= 0 ? `${listId}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder='TraceQL:  { name = "get_forecast" && status = error }'
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setCursor(event.target.selectionStart ?? event.target.value.length);
          setActive(-1);
          setOpen(true);
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label="Completions" className={styles.completions} hidden={!isListed}>
        {suggestions.map((suggestion, at) => (
          <div
            key={suggestion.inserted}
            id={`${listId}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === active}
            className={styles.completion}
            // Before the input loses its focus, which would close the list.
            onMouseDown={(event) => {
              event.preventDefault();
              choose(suggestion);
            }}
          >
            {suggestion.shown}
          </div>
        ))}
      </div>
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

function useSuggestions(typing: Typing | undefined): readonly Suggested[] {
  const names = useTagNames();
  const isListed = typing?.what === 'value' && !unlisted.test(typing.field);
  const values = useTagValues(isListed ? typing.field : undefined);
  if (typing === undefined) return [];
  const found = typing.what === 'field' ? suggestedFields(names.data ?? [], typing.text) : suggestedValues(values.data ?? [], typing.text);
  return found.slice(0, mostSuggestions);
}
