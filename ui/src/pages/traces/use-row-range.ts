import { type RefObject, useCallback, useEffect, useState } from 'react';

/** Rows in view change in steps of so many, so that most frames of scrolling render nothing. */
const step = 8;
const beyond = 8;

/** Which rows of equal height to have in the document: `from` up to `to`. */
export function useRowRange(scroller: RefObject<HTMLElement | null>, count: number, rowHeight: number) {
  const [range, setRange] = useState({ from: 0, to: 48 });
  const update = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const first = Math.floor(element.scrollTop / rowHeight);
    const from = Math.max(0, Math.floor((first - beyond) / step) * step);
    const to = Math.ceil((first + element.clientHeight / rowHeight + beyond) / step) * step;
    setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
  }, [scroller, rowHeight]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(update);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, update]);
  const to = Math.min(count, range.to);
  return { from: Math.min(range.from, Math.max(0, to - step)), to, update };
}
