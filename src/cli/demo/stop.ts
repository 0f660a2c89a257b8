export type Stop = Readonly<{ signal: AbortSignal; stop: () => void; release: () => void }>;

/** Ctrl-C reaches npx and us, and npx passes its own on. */
const sameMillis = 1000;

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts at a signal to the process, or with `outside`. A second signal, later than a moment, ends the process at once. */
export function stopOnSignals(outside: AbortSignal | undefined): Stop {
  const controller = new AbortController();
  let stoppedMillis: number | undefined;
  const onSignal = () => {
    if (stoppedMillis === undefined) {
      stoppedMillis = performance.now();
      controller.abort();
    } else if (performance.now() - stoppedMillis > sameMillis) process.kill(process.pid, 'SIGKILL');
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: outside === undefined ? controller.signal : AbortSignal.any([outside, controller.signal]),
    stop: () => controller.abort(),
    release: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
