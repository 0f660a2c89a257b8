import { type ComponentType, lazy, type ReactNode } from 'react';
import { type PageEntry, pages } from '../pages.ts';

const loaded = new Map<PageEntry, ComponentType>();

/** After this the page is drawn at once: without the fallback, which React leaves on the screen for 300 ms once it was there. */
export async function loadPage(page: PageEntry): Promise<void> {
  loaded.set(page, (await page.load()).Page);
}

const lazyViews = new Map(pages.map((page) => [page, lazy(async () => ({ default: (await page.load()).Page }))]));

export function PageView({ page }: Readonly<{ page: PageEntry }>): ReactNode {
  const View = loaded.get(page) ?? lazyViews.get(page);
  return View === undefined ? null : <View />;
}
