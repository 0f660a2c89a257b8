import { useCallback, useMemo } from 'react';
import { useUrlState } from '../state/use-url-state.ts';

export type DrawerItem = Readonly<{ kind: string; id: string }>;

const printStack = (stack: readonly DrawerItem[]) => stack.map(({ kind, id }) => `${kind}~${encodeURIComponent(id)}`).join('!');

function parseStack(text: string): readonly DrawerItem[] {
  return text.split('!').flatMap((part) => {
    const [kind, id] = part.split('~');
    if (!kind || !id) return [];
    try {
      return [{ kind, id: decodeURIComponent(id) }];
    } catch {
      return [];
    }
  });
}

/** The one drawer: a stack of things that one came to from each other, kept in the URL (`d`). */
export function useDrawer(): Readonly<{
  stack: readonly DrawerItem[];
  /** Shows this alone: from a page. */
  open: (item: DrawerItem) => void;
  /** Shows this on top of what is there: from within the drawer. */
  push: (item: DrawerItem) => void;
  /** Keeps the first `depth` items. */
  cut: (depth: number) => void;
  close: () => void;
}> {
  const [text, setText] = useUrlState('d');
  const stack = useMemo(() => parseStack(text), [text]);
  const open = useCallback((item: DrawerItem) => setText(printStack([item])), [setText]);
  const push = useCallback((item: DrawerItem) => setText(printStack([...stack, item])), [setText, stack]);
  const cut = useCallback((depth: number) => setText(printStack(stack.slice(0, depth))), [setText, stack]);
  const close = useCallback(() => setText(''), [setText]);
  return { stack, open, push, cut, close };
}
