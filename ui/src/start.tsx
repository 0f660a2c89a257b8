import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { isWorthRetrying } from './api/http.ts';
import { App } from './frame/app.tsx';
import { loadPage } from './frame/page-view.tsx';
import { pageOf } from './pages.ts';
import './state/theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5000, refetchOnWindowFocus: false, retry: (count, error) => count < 2 && isWorthRetrying(error) },
  },
});

const draw = () =>
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Router base="/ui">
          <App />
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  );

const page = pageOf(location.pathname);
// A page that cannot be loaded is asked for again where it is drawn, and what went wrong is said there.
if (page === undefined) draw();
else loadPage(page).then(draw, draw);
