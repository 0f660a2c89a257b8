import { existsSync } from 'node:fs';

/** Debian's packages, the one without a window first, because it opens a page with far less work. CHROMIUM names another by its path. */
const places = ['/usr/lib/chromium/chromium-headless-shell', '/usr/bin/chromium'];

export const chromiumPath = process.env.CHROMIUM ?? places.find((path) => existsSync(path));
