import { useSyncExternalStore } from 'react';

const widthOf = (query: string) => {
  const media = window.matchMedia(query);
  const subscribe = (listener: () => void) => {
    media.addEventListener('change', listener);
    return () => media.removeEventListener('change', listener);
  };
  return () => useSyncExternalStore(subscribe, () => media.matches);
};

/** Whether the page is as narrow as a phone. */
export const useNarrow = widthOf('(max-width: 600px)');

/** Whether there is room for the page or the drawer only, as `frame.module.css` has it. */
export const useOneColumn = widthOf('(max-width: 900px)');
