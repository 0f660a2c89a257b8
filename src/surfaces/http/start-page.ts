import type { Listener } from './status.ts';

export type StartPageContent = Readonly<{ listeners: readonly Listener[]; dataFolder: string; version: string }>;

/** The page for browsers at `/` until the web UI exists. */
export function startPage({ version }: StartPageContent): string {
  return `<!doctype html><title>meshscope</title><p>meshscope ${version}`;
}
