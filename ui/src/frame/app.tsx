import { lazy, Suspense } from 'react';
import { Link, Redirect, Route, Switch } from 'wouter';
import { pages } from '../pages.ts';
import { RefreshProvider } from '../state/refresh.tsx';

const routes = pages.map((page) => ({ ...page, View: lazy(async () => ({ default: (await page.load()).Page })) }));

export function App() {
  return (
    <RefreshProvider>
      <nav aria-label="Pages">
        {pages.map(({ path, title }) => (
          <Link key={path} href={`/${path}`}>
            {title}
          </Link>
        ))}
      </nav>
      <main>
        <Suspense fallback={<p>Loading</p>}>
          <Switch>
            {routes.map(({ path, View }) => (
              <Route key={path} path={new RegExp(`^/${path}(?=/|$)`)}>
                <View />
              </Route>
            ))}
            <Route>
              <Redirect to="/overview" replace />
            </Route>
          </Switch>
        </Suspense>
      </main>
    </RefreshProvider>
  );
}
