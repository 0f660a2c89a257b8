import type { HtmlTagDescriptor, Plugin } from 'vite';

/** Loaded by the small program that asks the first question; without a list of their own they would be one chunk with the frame, and wait for it. */
const first =
  /[\\/]src[\\/](?:pages\.ts|api[\\/](?:early-answers|activity-question|http)|state[\\/](?:opened-at|search-query|time-range)|pages[\\/](?:logs[\\/](?:rows-request|log-record)|traces[\\/]first-outline|overview[\\/]first-figures))/;

/** Few files, because a browser asks for six at a time: what several pages share of the libraries, and of our own. */
export const chunkGroups = [
  { name: 'first', test: first, priority: 3 },
  { name: 'libraries', test: /[\\/]node_modules[\\/](?!uplot|d3-|topojson|world-atlas)/, minShareCount: 2, priority: 2 },
  { name: 'frame', test: /[\\/]src[\\/](?!pages[\\/]|main\.ts|components[\\/]time-chart)/, minShareCount: 2, priority: 1 },
  { name: 'chart', test: /[\\/]uplot[\\/]|components[\\/]time-chart/, priority: 0 },
];

/** The frame is needed whichever page is opened: the browser learns of its files with the first answer and not by running a script. */
export const preloadFrame = (): Plugin => ({
  name: 'preload-frame',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle = {} }) => {
      const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [file] : []));
      const frame = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/start.tsx'));
      const imported = chunks.filter(({ fileName }) => frame?.imports.includes(fileName) && !html.includes(fileName));
      const needed = frame === undefined ? [] : [frame, ...imported];
      const styles = new Set(needed.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]));
      return [
        ...needed.map(({ fileName }) => tag({ rel: 'modulepreload', crossorigin: true, href: `/ui/${fileName}` })),
        ...[...styles].map((fileName) => tag({ rel: 'stylesheet', crossorigin: true, href: `/ui/${fileName}` })),
      ];
    },
  },
});

const tag = (attrs: Record<string, string | boolean>): HtmlTagDescriptor => ({ tag: 'link', attrs, injectTo: 'head' });
