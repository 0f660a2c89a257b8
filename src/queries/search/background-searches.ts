import { waitAtMost } from '../../lib/pause.ts';
import { SearchContexts } from './search-contexts.ts';

type State = {
  startMillis: number;
  stop: AbortController;
  outcome: Promise<void>;
  running: boolean;
  answer: string | undefined;
  error: unknown;
};

export type BackgroundStatus = Readonly<{
  id: string;
  running: boolean;
  /** JSON text of the search's answer; undefined while it runs or when it failed. */
  answer: string | undefined;
  error: unknown;
  startMillis: number;
  expiryMillis: number;
}>;

export const defaultKeepAliveMillis = 5 * 24 * 3_600_000;

/** Searches that go on when their request has been answered (`_async_search`). */
export class BackgroundSearches {
  readonly #now: () => number;
  readonly #states: SearchContexts<State>;

  constructor(now: () => number) {
    this.#now = now;
    this.#states = new SearchContexts(now, defaultKeepAliveMillis * 6);
  }

  /** Starts a search and waits for it so long. */
  async submit(run: (signal: AbortSignal) => Promise<string>, waitMillis: number, keepAliveMillis: number): Promise<BackgroundStatus> {
    const stop = new AbortController();
    const state: State = { startMillis: this.#now(), stop, outcome: Promise.resolve(), running: true, answer: undefined, error: undefined };
    const id = this.#states.open(state, keepAliveMillis);
    state.outcome = run(stop.signal)
      .then(
        (answer) => {
          state.answer = answer;
        },
        (error: unknown) => {
          state.error = error;
        },
      )
      .finally(() => {
        state.running = false;
      });
    await waitAtMost(waitMillis, state.outcome);
    return status(id, state, keepAliveMillis);
  }

  /** Throws 404 for an unknown or expired id. */
  async status(id: string, waitMillis: number, keepAliveMillis: number | undefined): Promise<BackgroundStatus> {
    const state = this.#states.use(id, keepAliveMillis);
    await waitAtMost(waitMillis, state.outcome);
    return status(id, state, keepAliveMillis ?? defaultKeepAliveMillis);
  }

  /** Stops the search if it runs, and forgets it. Throws 404 for an unknown id. */
  delete(id: string): void {
    this.#states.use(id, undefined).stop.abort();
    this.#states.close(id);
  }
}

function status(id: string, { running, answer, error, startMillis }: State, keepAliveMillis: number): BackgroundStatus {
  return { id, running, answer, error, startMillis, expiryMillis: startMillis + keepAliveMillis };
}
