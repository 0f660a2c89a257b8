const tasks: (() => void)[] = [];

/** Runs `task` once when the program has nothing left to do, in the order of registration. One listener for all: there may be many loggers. */
export function beforeExit(task: () => void): void {
  if (tasks.length === 0) {
    process.once('beforeExit', () => {
      for (const one of tasks) one();
    });
  }
  tasks.push(task);
}
