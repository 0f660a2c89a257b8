import { Suspense, useEffect, useRef, useState } from 'react';
import { Link, Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import { useOneColumn } from '../components/use-narrow.ts';
import { useDrawer } from '../drawer/use-drawer.ts';
import { pages } from '../pages.ts';
import { RefreshProvider, useRefresh } from '../state/refresh.tsx';
import { setTheme, useTheme } from '../state/theme.ts';
import { CommandPalette } from './command-palette.tsx';
import { Drawer } from './drawer.tsx';
import styles from './frame.module.css';
import { PageBoundary } from './page-boundary.tsx';
import { pageLink } from './page-link.ts';
import { loadPage, PageView } from './page-view.tsx';
import { RefreshControl } from './refresh-control.tsx';
import { SearchBar } from './search-bar.tsx';
import { ShortcutSheet } from './shortcut-sheet.tsx';
import { StatusLine } from './status-line.tsx';
import { TimePicker } from './time-picker.tsx';
import { useFocusReturn } from './use-focus-return.ts';
import { useShortcuts } from './use-shortcuts.ts';

const routes = pages.map((page) => ({ page, pattern: new RegExp(`^/${page.path}(?=/|$)`) }));

export function App() {
  return (
    <RefreshProvider>
      <Frame />
    </RefreshProvider>
  );
}

function Frame() {
  const [location, navigate] = useLocation();
  const search = useSearch();
  const refresh = useRefresh();
  const [shown, setShown] = useState<'palette' | 'shortcuts' | undefined>();
  const focus = (id: string) => document.getElementById(id)?.focus();
  useShortcuts({
    '/': () => focus('search'),
    t: () => document.getElementById('time-picker')?.click(),
    r: refresh,
    '?': () => setShown('shortcuts'),
    'Ctrl+k': () => setShown('palette'),
    ...Object.fromEntries(pages.map(({ key, path }) => [`g ${key}`, () => navigate(pageLink(`/${path}`, search))])),
  });
  const current = pages.find(({ path }) => location.split('/')[1] === path);
  const isDrawerOpen = useDrawer().stack.length > 0;
  useFocusReturn(isDrawerOpen, location);
  const isCovered = useOneColumn() && isDrawerOpen;
  const pageNames = useRef<HTMLElement>(null);
  // On a phone they are a row that is wider than the screen.
  useEffect(() => {
    pageNames.current?.querySelector(`[href^="/ui/${current?.path}"]`)?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current?.path]);
  return (
    <div className={styles.frame}>
      <title>{current === undefined ? 'meshscope' : `${current.title} · meshscope`}</title>
      <div className={styles.beside} inert={isCovered}>
        <a className={styles.skip} href="#page">
          Skip to the page
        </a>
        <nav ref={pageNames} className={styles.pages} aria-label="Pages">
          <span className={styles.brand} aria-hidden="true">
            ◉
          </span>
          {pages.map((page) => (
            <Link
              key={page.path}
              href={pageLink(`/${page.path}`, search)}
              aria-current={current === page ? 'page' : undefined}
              onPointerEnter={() => void loadPage(page)}
              onFocus={() => void loadPage(page)}
            >
              {page.title}
            </Link>
          ))}
        </nav>
        <header className={styles.top}>
          <SearchBar />
          <RefreshControl />
          <TimePicker />
          <button type="button" className={styles.control} onClick={() => setShown('palette')} title="Commands (Ctrl K)">
            <span className="visually-hidden">Commands</span>
            <span aria-hidden="true">⌘K</span>
          </button>
          <ThemeButton />
        </header>
        <main id="page" className={styles.page} tabIndex={-1}>
          <PageBoundary key={current?.path}>
            <Suspense fallback={<p role="status">Loading</p>}>
              <Switch>
                {routes.map(({ page, pattern }) => (
                  <Route key={page.path} path={pattern}>
                    <PageView page={page} />
                  </Route>
                ))}
                <Route>
                  <Redirect to={pageLink('/overview', search)} replace />
                </Route>
              </Switch>
            </Suspense>
          </PageBoundary>
        </main>
        <StatusLine />
      </div>
      <PageBoundary key={search}>
        <Drawer />
      </PageBoundary>
      <CommandPalette isOpen={shown === 'palette'} onClose={() => setShown(undefined)} />
      <ShortcutSheet isOpen={shown === 'shortcuts'} onClose={() => setShown(undefined)} />
    </div>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" className={styles.control} onClick={() => setTheme(other)} aria-label={`Use the ${other} theme`}>
      <span aria-hidden="true">{theme === 'dark' ? '☀' : '☾'}</span>
    </button>
  );
}
