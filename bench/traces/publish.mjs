// A fast way to put entries into Redis: many commands in one write, their answers only counted.
import { connect } from 'node:net';
import { meshEntry, xadd } from './mesh-entries.mjs';

export const stream = 'mesh:trace';

/** Commands made one by one. */
export const commandsOf =
  (seed, entryOf = meshEntry) =>
  (from, to, nowMicros) => {
    let commands = '';
    for (let at = from; at < to; at++) commands += xadd(stream, entryOf(seed, at, nowMicros / 1e6));
    return commands;
  };

/**
 * Publishes the entries `from` to `to`; resolves with the seconds that it took when Redis has answered all of them. `perSecond` 0: as fast as
 * Redis takes them.
 */
export async function publish({ port, from, to, perSecond = 0, commands, atOnce = 200 }) {
  const socket = connect(port, '127.0.0.1');
  let answered = 0;
  const finished = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (data) => {
      // Every answer is an id: `$15\r\n1763700000000-0\r\n`.
      for (let at = data.indexOf(0x24); at !== -1; at = data.indexOf(0x24, at + 1)) answered++;
      if (answered >= to - from) resolve();
    });
  });
  const started = performance.now();
  for (let position = from; position < to; position += atOnce) {
    const last = Math.min(to, position + atOnce);
    if (!socket.write(commands(position, last, Date.now() * 1000))) await new Promise((resolve) => socket.once('drain', resolve));
    if (perSecond > 0) {
      const ahead = ((last - from) / perSecond) * 1000 - (performance.now() - started);
      if (ahead > 2) await new Promise((resolve) => setTimeout(resolve, ahead));
    }
  }
  await finished;
  socket.destroy();
  return (performance.now() - started) / 1000;
}
