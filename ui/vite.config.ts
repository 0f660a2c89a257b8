import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { chunkGroups, preloadFrame } from './vite-first-load.ts';

// `npm run ui` serves the page with hot reload beside a running `meshscope up`; `npm run build` writes what ships.
export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  plugins: [react(), preloadFrame()],
  build: {
    outDir: '../build/ui',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page forbids inline scripts and styles, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Licences of the libraries in the bundle, which ask to come along with it.
    license: { fileName: 'third-party-notices.txt' },
    rolldownOptions: { output: { codeSplitting: { groups: chunkGroups } } },
  },
  server: { proxy: { '^/(?!ui/)': 'http://127.0.0.1:8000' } },
});
