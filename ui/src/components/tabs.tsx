import type { KeyboardEvent, ReactNode } from 'react';
import styles from './tabs.module.css';

export type TabTitle = Readonly<{ id: string; title: string }>;

/** A text that names no tab shows the first. */
export const shownTab = ([first, ...others]: readonly TabTitle[], wanted: string): string =>
  (others.find(({ id }) => id === wanted) ?? first)?.id ?? '';

const tabId = (base: string, tab: string) => `${base}-tab-${tab}`;
const panelId = (base: string, tab: string) => `${base}-panel-${tab}`;

type TabListProps = Readonly<{
  /** Shared with the panels; unique in the page. */
  base: string;
  label: string;
  tabs: readonly TabTitle[];
  selected: string;
  onSelect: (id: string) => void;
  className?: string | undefined;
}>;

/**
 * Views of one thing, of which one is shown, by WAI-ARIA's pattern: one stop for the Tab key; arrows, Home and End choose. React Aria's tabs look for what
 * has the focus in a panel whenever the panel changes, which is each frame while a table in it scrolls.
 */
export function TabList({ base, label, tabs, selected, onSelect, className = '' }: TabListProps) {
  const shown = shownTab(tabs, selected);
  const onKeyDown = (event: KeyboardEvent, at: number) => {
    const moves: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
    const next = tabs[(moves[event.key] ?? Number.NaN) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.id);
    document.getElementById(tabId(base, next.id))?.focus();
  };
  return (
    <div role="tablist" aria-label={label} className={`${styles.list} ${className}`}>
      {tabs.map(({ id, title }, at) => (
        <div
          key={id}
          id={tabId(base, id)}
          role="tab"
          tabIndex={id === shown ? 0 : -1}
          aria-selected={id === shown}
          aria-controls={id === shown ? panelId(base, id) : undefined}
          className={styles.tab}
          onClick={() => onSelect(id)}
          onKeyDown={(event) => onKeyDown(event, at)}
        >
          {title}
        </div>
      ))}
    </div>
  );
}

/** What the tab `id` shows; to be drawn while that one is selected. */
export function TabPanel({
  base,
  id,
  className,
  children,
}: Readonly<{ base: string; id: string; className?: string | undefined; children: ReactNode }>) {
  return (
    <div role="tabpanel" id={panelId(base, id)} aria-labelledby={tabId(base, id)} className={className}>
      {children}
    </div>
  );
}
