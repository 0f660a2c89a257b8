import { flush } from '../src/telemetry.ts';

/** The first answer of `probe` that is neither undefined nor false; delivers what waits in between. */
export async function eventually<T>(probe: () => T | undefined | false, describe: () => string = () => ''): Promise<T> {
  for (let tries = 0; tries < 2000; tries += 1) {
    await flush(1000);
    const found = probe();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing came; there is ${describe()}`);
}
