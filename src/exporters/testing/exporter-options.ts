import { tracingConfig } from '../config.ts';
import type { ExportersOptions } from '../start-exporters.ts';

/** The defaults, with times short enough for a test. */
export const exporterOptions = (data: string, overrides: Partial<ExportersOptions> = {}): ExportersOptions => ({
  ...tracingConfig.parse({ exporters: 'console' }),
  data,
  quietMillis: 300,
  timeoutMillis: 1500,
  roundMillis: 20,
  backoffMillis: [20, 50],
  ...overrides,
});

/** Waits until `check` gives something, and gives that. */
export async function until<T>(check: () => T | undefined | false, millis = 60_000): Promise<T> {
  const deadline = Date.now() + millis;
  for (;;) {
    const value = check();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`nothing within ${millis} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
