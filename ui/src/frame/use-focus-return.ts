import { useEffect, useRef } from 'react';

/**
 * Nobody who uses the keyboard should begin at the top again: after the drawer has gone, the focus is where it was before; on another page, which took
 * what had the focus away, it is on that page.
 */
export function useFocusReturn(isDrawerOpen: boolean, location: string): void {
  const before = useRef<HTMLElement | undefined>(undefined);
  const shown = useRef({ isDrawerOpen, location });
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement && target.closest('[data-drawer]') === null) before.current = target;
    };
    document.addEventListener('focusin', onFocus);
    return () => document.removeEventListener('focusin', onFocus);
  }, []);
  useEffect(() => {
    const { isDrawerOpen: wasOpen, location: last } = shown.current;
    shown.current = { isDrawerOpen, location };
    if (document.activeElement !== document.body) return;
    if (location !== last) document.getElementById('page')?.focus({ preventScroll: true });
    else if (wasOpen && !isDrawerOpen && before.current?.isConnected === true) before.current.focus({ preventScroll: true });
  }, [isDrawerOpen, location]);
}
