import { useEffect, useRef } from 'react';

/** What a sequence of keys does: `g l`, `/`, `?`, `Ctrl+k`. */
export type Shortcuts = Readonly<Record<string, () => void>>;

/** Also where a dialog is open: what is typed in the palette comes from its menu too, which follows the typing. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('[role=dialog], [role=alertdialog]') !== null);

/** A second key of a sequence must come within this time, in milliseconds. */
const sequenceMillis = 1200;

/** Keys for the whole page; they rest while someone types in a field. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    let first = { key: '', atMillis: 0 };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const hasModifier = event.ctrlKey || event.metaKey;
      if (!hasModifier && isTyping(event.target)) return;
      const pressed = hasModifier ? `Ctrl+${event.key.toLowerCase()}` : event.key;
      const isSecond = event.timeStamp - first.atMillis < sequenceMillis;
      const run = (isSecond ? current.current[`${first.key} ${pressed}`] : undefined) ?? current.current[pressed];
      first = { key: pressed, atMillis: event.timeStamp };
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
