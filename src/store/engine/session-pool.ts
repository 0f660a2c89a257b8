import type { Session } from 'chdb';

/** Lends sessions one at a time, because one chDB connection runs one query at a time. Waiters are served in order. */
export class SessionPool {
  readonly #free: Session[];
  readonly #all: readonly Session[];
  readonly #waiting: ((session: Session) => void)[] = [];

  constructor(sessions: readonly Session[]) {
    this.#all = sessions;
    this.#free = [...sessions];
  }

  get busy(): number {
    return this.#all.length - this.#free.length;
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#free.pop() ?? (await new Promise<Session>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#free.push(session);
    }
  }

  close(): void {
    for (const session of this.#all) session.close();
  }
}
