import type { ComponentType } from 'react';
import type { Question } from './api/early-answers.ts';
import { firstRows } from './pages/logs/rows-request.ts';
import { firstFigures } from './pages/overview/first-figures.ts';
import { firstOutline } from './pages/traces/first-outline.ts';

/** One page: adding one adds a line here and a folder in `pages/`. */
export type PageEntry = Readonly<{
  /** First segment below `/ui`; a page may have more of its own behind it. */
  path: string;
  title: string;
  /** Pressed after `g`. */
  key: string;
  load: () => Promise<Readonly<{ Page: ComponentType }>>;
  /** What it will ask for first, so that it can be asked before there is a page; `below` is the path behind its own. */
  firstQuestions?: (parameters: URLSearchParams, below: readonly string[], nowMillis: number) => readonly Question[];
}>;

export const pages: readonly PageEntry[] = [
  {
    path: 'overview',
    title: 'Overview',
    key: 'o',
    load: () => import('./pages/overview/page.tsx'),
    firstQuestions: (parameters, _below, nowMillis) => firstFigures(parameters, nowMillis),
  },
  {
    path: 'logs',
    title: 'Logs',
    key: 'l',
    load: () => import('./pages/logs/page.tsx'),
    firstQuestions: (parameters, _below, nowMillis) => firstRows(parameters, nowMillis),
  },
  {
    path: 'traces',
    title: 'Traces',
    key: 't',
    load: () => import('./pages/traces/page.tsx'),
    firstQuestions: (_parameters, below) => firstOutline(below),
  },
  { path: 'mesh', title: 'Mesh', key: 'm', load: () => import('./pages/mesh/page.tsx') },
  { path: 'tools', title: 'Tools', key: 'u', load: () => import('./pages/tools/page.tsx') },
  { path: 'sessions', title: 'Sessions', key: 's', load: () => import('./pages/sessions/page.tsx') },
  { path: 'dashboards', title: 'Dashboards', key: 'd', load: () => import('./pages/dashboards/page.tsx') },
  { path: 'audit', title: 'Audit', key: 'a', load: () => import('./pages/audit/page.tsx') },
  { path: 'pipeline', title: 'Pipeline', key: 'p', load: () => import('./pages/pipeline/page.tsx') },
];

/** Of the address of the browser, `/ui/logs/…`. */
export const pageOf = (pathname: string): PageEntry | undefined => pages.find(({ path }) => path === pathname.split('/')[2]);
