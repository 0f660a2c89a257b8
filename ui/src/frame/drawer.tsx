import { Suspense, useEffect, useRef } from 'react';
import { drawerViews } from '../drawer/drawer-views.ts';
import { type DrawerItem, useDrawer } from '../drawer/use-drawer.ts';
import styles from './frame.module.css';

const shortened = (id: string) => (id.length > 28 ? `${id.slice(0, 12)}…${id.slice(-12)}` : id);

const titleOf = ({ kind }: DrawerItem) => drawerViews[kind]?.title ?? kind;

/** The one drawer of the page, with the way one came as a breadcrumb. Escape goes back one step. */
export function Drawer() {
  const { stack, cut, close } = useDrawer();
  const place = useRef<HTMLElement>(null);
  const depth = stack.length;
  const top = stack.at(-1);
  useEffect(() => {
    if (depth > 0) place.current?.focus();
  }, [depth]);
  if (top === undefined) return null;
  const View = drawerViews[top.kind]?.view;
  return (
    <aside
      ref={place}
      className={styles.drawer}
      tabIndex={-1}
      data-drawer=""
      aria-label={`${titleOf(top)} ${top.id}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        if (depth > 1) cut(depth - 1);
        else close();
      }}
    >
      <header className={styles.drawerHead}>
        <nav aria-label="How you came here">
          <ol className={styles.breadcrumb}>
            {stack.map((item, at) => (
              <li key={`${item.kind} ${item.id} ${stack.slice(0, at).length}`}>
                {at === depth - 1 ? (
                  <span aria-current="page" title={item.id}>
                    {titleOf(item)} <code>{shortened(item.id)}</code>
                  </span>
                ) : (
                  <button type="button" onClick={() => cut(at + 1)} title={item.id}>
                    {titleOf(item)}
                  </button>
                )}
              </li>
            ))}
          </ol>
        </nav>
        <button type="button" className={styles.control} aria-label="Close" onClick={close}>
          ✕
        </button>
      </header>
      <div className={styles.drawerBody}>
        <Suspense fallback={<p role="status">Loading</p>}>
          {View === undefined ? <p>Nothing is known of “{top.kind}”.</p> : <View key={top.id} id={top.id} />}
        </Suspense>
      </div>
    </aside>
  );
}
