import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { fieldValues, useFields } from '../state/fields.ts';
import { useSearch } from '../state/use-search.ts';
import { complete, type Typing, typingAt } from './completion.ts';
import styles from './frame.module.css';
import { SearchMenu } from './search-menu.tsx';

const mostSuggestions = 12;

/** Lucene or KQL over every page; completes fields and values. Enter searches. */
export function SearchBar() {
  const { search, setSearch } = useSearch();
  const [text, setText] = useState(search.text);
  const [cursor, setCursor] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const placed = useRef<number | undefined>(undefined);
  const listId = useId();
  useEffect(() => setText(search.text), [search.text]);
  // At once after a completion is drawn: letters that are typed meanwhile must come behind it.
  useLayoutEffect(() => {
    if (placed.current === undefined) return;
    input.current?.setSelectionRange(placed.current, placed.current);
    placed.current = undefined;
  });

  const typing = isOpen ? typingAt(text, cursor) : undefined;
  const suggestions = useSuggestions(typing);
  const isListed = isOpen && suggestions.length > 0;

  const submit = (wanted: string) => {
    setOpen(false);
    if (wanted.trim() !== search.text) setSearch({ ...search, text: wanted.trim() });
  };
  const choose = (chosen: string) => {
    if (typing === undefined) return;
    const after = complete(text, cursor, typing, chosen);
    setText(after.query);
    setCursor(after.cursor);
    setActive(-1);
    placed.current = after.cursor;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' && !isOpen) setOpen(true);
    else if (event.key === 'ArrowDown' && isListed) setActive((active + 1) % suggestions.length);
    else if (event.key === 'ArrowUp' && isListed) setActive((active <= 0 ? suggestions.length : active) - 1);
    else if ((event.key === 'Tab' || event.key === 'Enter') && isListed && active >= 0) choose(suggestions[active] as string);
    else if (event.key === 'Enter') submit(text);
    else if (event.key === 'Escape' && isOpen) setOpen(false);
    else if (event.key === 'Escape') input.current?.blur();
    else return;
    event.preventDefault();
  };

  return (
    <search className={styles.search}>
      <input
        ref={input}
        id="search"
        role="combobox"
        aria-label="Search"
        aria-expanded={isListed}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isListed && active >= 0 ? `${listId}-${active}` : undefined}
        aria-keyshortcuts="/"
        autoComplete="off"
        spellCheck={false}
        placeholder={
          search.language === 'kql'
            ? 'Search, in KQL:  level : "ERROR" and agent.name : report*'
            : 'Search:  level:ERROR AND agent.name:report*'
        }
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
      {text !== '' && (
        <button type="button" className={styles.clear} aria-label="Clear the search" onClick={() => submit('')}>
          ✕
        </button>
      )}
      <SearchMenu />
      <div id={listId} role="listbox" aria-label="Completions" className={styles.completions} hidden={!isListed}>
        {suggestions.map((suggestion, at) => (
          <div
            key={suggestion}
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
            {suggestion}
          </div>
        ))}
      </div>
    </search>
  );
}

function useSuggestions(typing: Typing | undefined): readonly string[] {
  const fields = useFields();
  const field = typing?.what === 'value' ? fields.find(({ name }) => name === typing.field) : undefined;
  const text = useSettled(typing?.text ?? '');
  const values = useQuery({
    queryKey: ['field values', field?.name, text],
    enabled: field?.aggregatable === true,
    staleTime: 30_000,
    queryFn: ({ signal }) => fieldValues((field as { name: string }).name, text, signal),
  });
  if (typing === undefined) return [];
  if (typing.what === 'value') return (values.data ?? []).filter((value) => value !== typing.text).slice(0, mostSuggestions);
  const wanted = typing.text.toLowerCase();
  const names = fields.map(({ name }) => name);
  const starting = names.filter((name) => name.toLowerCase().startsWith(wanted));
  const containing = wanted === '' ? [] : names.filter((name) => !starting.includes(name) && name.toLowerCase().includes(wanted));
  return [...starting, ...containing].slice(0, mostSuggestions);
}

/** The text once nothing was typed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 150);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
