import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { CompletingInput } from '../components/completing-input.tsx';
import { matchingNames, mostSuggestions, type Suggestion } from '../components/suggestion.ts';
import { useCompleting } from '../components/use-completing.ts';
import { fieldValues, useFields } from '../state/fields.ts';
import { useSearch } from '../state/use-search.ts';
import { complete, type Typing, typingAt } from './completion.ts';
import styles from './frame.module.css';
import { SearchMenu } from './search-menu.tsx';

/** Lucene or KQL over every page; completes fields and values. Enter searches. */
export function SearchBar() {
  const { search, setSearch } = useSearch();
  const completing = useCompleting(search.text, { typingAt, complete });
  const submit = (text: string) => {
    if (text !== search.text) setSearch({ ...search, text });
  };
  return (
    <search className={styles.search}>
      <CompletingInput
        completing={completing}
        suggestions={useSuggestions(completing.typing)}
        onSubmit={submit}
        label="Search"
        placeholder={
          search.language === 'kql'
            ? 'Search, in KQL:  level : "ERROR" and agent.name : report*'
            : 'Search:  level:ERROR AND agent.name:report*'
        }
        id="search"
        shortcut="/"
      />
      {completing.text !== '' && (
        <button
          type="button"
          className={styles.clear}
          aria-label="Clear the search"
          onClick={() => {
            completing.setText('');
            submit('');
          }}
        >
          ✕
        </button>
      )}
      <SearchMenu />
    </search>
  );
}

function useSuggestions(typing: Typing | undefined): readonly Suggestion[] {
  const fields = useFields();
  const field = typing?.what === 'value' ? fields.find(({ name }) => name === typing.field) : undefined;
  const text = useSettled(typing?.text ?? '');
  const values = useQuery({
    queryKey: ['field values', field?.name, text],
    enabled: field?.aggregatable === true,
    staleTime: 30_000,
    // A list that goes away while the next one comes loses the key that was meant for it.
    placeholderData: (before: readonly string[] | undefined, query) => (query?.queryKey[1] === field?.name ? before : undefined),
    queryFn: ({ signal }) => fieldValues((field as { name: string }).name, text, signal),
  });
  if (typing === undefined) return [];
  // Values are those of a text that was typed a moment ago, and what was typed since may rule some of them out.
  const names = typing.what === 'value' ? (values.data ?? []).filter((value) => value !== typing.text) : fields.map(({ name }) => name);
  return matchingNames(names, typing.text)
    .slice(0, mostSuggestions)
    .map((text) => ({ shown: text, inserted: text }));
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
