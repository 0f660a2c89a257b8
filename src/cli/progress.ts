import type { Terminal } from './terminal.ts';

const barWidth = 30;
const redrawMillis = 100;

/** A bar on standard error, drawn only when people look at it. `end` with a count also says how long it took. */
export function createProgress(terminal: Terminal) {
  const { stderr } = terminal;
  const shown = stderr.isTTY === true;
  const started = performance.now();
  let drawn = 0;
  return {
    report: (done: number, total: number): void => {
      const now = performance.now();
      if (!shown || now - drawn < redrawMillis) return;
      drawn = now;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const perSecond = Math.round((done * 1000) / Math.max(1, now - started));
      const left = perSecond === 0 ? '' : `, ${Math.ceil(Math.max(0, total - done) / perSecond)} s left`;
      const bar = '█'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '░');
      stderr.write(`\r\u001b[K${bar} ${Math.floor(share * 100)}% ${done} of ${total}, ${perSecond}/s${left}`);
    },
    end: (done: number | undefined): void => {
      if (!shown) return;
      stderr.write('\r\u001b[K');
      if (done !== undefined) stderr.write(`${done} records in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    },
  };
}
