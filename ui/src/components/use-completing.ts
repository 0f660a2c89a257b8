import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';

export type Completed = Readonly<{ query: string; cursor: number }>;

/** A query language: what is being typed where the cursor stands, and the query with that replaced by what was chosen. */
export type Completer<Typing> = Readonly<{
  typingAt: (query: string, cursor: number) => Typing | undefined;
  complete: (query: string, cursor: number, typing: Typing, chosen: string) => Completed;
}>;

export type Completing<Typing> = Readonly<{
  input: RefObject<HTMLInputElement | null>;
  text: string;
  setText: (text: string) => void;
  /** While completions are wanted and there is something to complete. */
  typing: Typing | undefined;
  isOpen: boolean;
  setOpen: (isOpen: boolean) => void;
  setCursor: (cursor: number) => void;
  choose: (chosen: string) => void;
}>;

/** The state of a field that completes; it begins again with each new `query`, which is what was submitted last. */
export function useCompleting<Typing>(query: string, { typingAt, complete }: Completer<Typing>): Completing<Typing> {
  const [text, setText] = useState(query);
  const [cursor, setCursor] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const placed = useRef<number | undefined>(undefined);
  useEffect(() => setText(query), [query]);
  // At once after a completion is drawn: letters that are typed meanwhile must come behind it.
  useLayoutEffect(() => {
    if (placed.current === undefined) return;
    input.current?.setSelectionRange(placed.current, placed.current);
    placed.current = undefined;
  });
  const typing = isOpen ? typingAt(text, cursor) : undefined;
  const choose = (chosen: string) => {
    if (typing === undefined) return;
    const after = complete(text, cursor, typing, chosen);
    setText(after.query);
    setCursor(after.cursor);
    placed.current = after.cursor;
  };
  return { input, text, setText, typing, isOpen, setOpen, setCursor, choose };
}
