import { type KeyboardEvent, useId, useState } from 'react';
import styles from './completing-input.module.css';
import type { Suggestion } from './suggestion.ts';
import type { Completing } from './use-completing.ts';

type CompletingInputProps<Typing> = Readonly<{
  completing: Completing<Typing>;
  suggestions: readonly Suggestion[];
  onSubmit: (text: string) => void;
  label: string;
  placeholder: string;
  id?: string;
  /** The key of the page that leads here. */
  shortcut?: string;
}>;

/** A field whose words are completed: arrows and Tab or Enter choose, Enter submits, Escape leaves. The list stands below the nearest positioned parent. */
export function CompletingInput<Typing>({
  completing,
  suggestions,
  onSubmit,
  label,
  placeholder,
  id,
  shortcut,
}: CompletingInputProps<Typing>) {
  const { input, text, setText, isOpen, setOpen, setCursor } = completing;
  const [active, setActive] = useState(-1);
  const listId = useId();
  const isListed = isOpen && suggestions.length > 0;
  const choose = (suggestion: Suggestion) => {
    completing.choose(suggestion.inserted);
    setActive(-1);
  };
  /** True: the key was for the list. */
  const onListKey = (key: string): boolean => {
    const chosen = suggestions[active];
    if (key === 'ArrowDown') setActive((active + 1) % suggestions.length);
    else if (key === 'ArrowUp') setActive((active <= 0 ? suggestions.length : active) - 1);
    else if ((key === 'Tab' || key === 'Enter') && chosen !== undefined) choose(chosen);
    else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isListed && onListKey(event.key)) event.preventDefault();
    else if (event.key === 'ArrowDown' && !isOpen) setOpen(true);
    else if (event.key === 'Enter') {
      setOpen(false);
      onSubmit(text.trim());
    } else if (event.key === 'Escape' && isOpen) setOpen(false);
    else if (event.key === 'Escape') input.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        ref={input}
        id={id}
        role="combobox"
        aria-label={label}
        aria-expanded={isListed}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isListed && active >= 0 ? `${listId}-${active}` : undefined}
        aria-keyshortcuts={shortcut}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
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
    </>
  );
}
