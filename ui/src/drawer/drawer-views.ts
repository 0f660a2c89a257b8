import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

/** What a drawer shows of one thing; `id` is what the kind needs to find it. */
export type DrawerView = ComponentType<Readonly<{ id: string }>>;

/**
 * One entry per kind: `log` (`<index>/<_id>`), `trace` (trace id), `call` (`<trace id>/<span id>`), `session` (session id),
 * `tool` (`<server>/<tool>`). Ids are escaped by the drawer.
 */
export const drawerViews: Readonly<Record<string, Readonly<{ title: string; view: LazyExoticComponent<DrawerView> }>>> = {
  log: { title: 'Log', view: lazy(async () => ({ default: (await import('../pages/logs/log-drawer.tsx')).LogDrawer })) },
  trace: { title: 'Trace', view: lazy(async () => ({ default: (await import('../pages/traces/trace-drawer.tsx')).TraceDrawer })) },
  call: { title: 'Call', view: lazy(async () => ({ default: (await import('../pages/traces/call-drawer.tsx')).CallDrawer })) },
  session: {
    title: 'Session',
    view: lazy(async () => ({ default: (await import('../pages/sessions/session-drawer.tsx')).SessionDrawer })),
  },
  tool: { title: 'Tool', view: lazy(async () => ({ default: (await import('../pages/tools/tool-drawer.tsx')).ToolDrawer })) },
};
