import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';

/** Code that says where a module is has to say where it would be among the bundled files: it names other files from there. */
function keepPlaces(from) {
  return {
    name: 'keep-places',
    transform: (code, id) => code.replaceAll(/\bimport\.meta\.(url|dirname)\b/g, `__place_$1__(${JSON.stringify(relative(from, id))})`),
    renderChunk: (code, { fileName }) =>
      code.replaceAll(/__place_(url|dirname)__\("([^"]+)"\)/g, (_, kind, place) => {
        const path = relative(dirname(fileName), place);
        return kind === 'url' ? `new URL("${path}", import.meta.url).href` : `(import.meta.dirname + "/${dirname(path)}")`;
      }),
  };
}

/**
 * Writes modules and what they import to `to`: a file for each of `entries`, named as in `from`, and one for what several share. To
 * find, read and compile hundreds of modules one by one is a good part of a start. Packages of others stay where npm put them.
 */
export async function bundle({ entries, from, to }) {
  const built = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(from, `${name}.js`)])),
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    plugins: [keepPlaces(from)],
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message);
    },
  });
  await built.write({ dir: to, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js', cleanDir: true });
  await built.close();
}
