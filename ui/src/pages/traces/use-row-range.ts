import { type RefObject, useCallback, useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** Rows in view change in steps of so many, so that most frames of scrolling render nothing. */
const step = 8;
const beyond = 8;

/** Which rows of equal height to have in the document: `from` up to `to`. Of rows that are as many apart as `slots` never two are there, so they may share their elements. */
export function useRowRange(scroller: RefObject<HTMLElement | null>, count: number, rowHeight: number) {
  const [range, setRange] = useState({ from: 0, to: 48, slots: 48 });
  const measure = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const first = Math.floor(element.scrollTop / rowHeight);
    const from = Math.max(0, Math.floor((first - beyond) / step) * step);
    const to = Math.ceil((first + element.clientHeight / rowHeight + beyond) / step) * step;
    const slots = Math.ceil((element.clientHeight / rowHeight + 2 * beyond) / step) * step + 2 * step;
    setRange((before) => (before.from === from && before.to === to ? before : { from, to, slots }));
  }, [scroller, rowHeight]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, measure]);
  // In the frame that shows the new place: a frame later there would be nothing to see where rows come in.
  const update = useCallback(() => flushSync(measure), [measure]);
  const to = Math.min(count, range.to);
  return { from: Math.min(range.from, Math.max(0, to - step)), to, slots: range.slots, update };
}
