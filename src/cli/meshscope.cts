#!/usr/bin/env node
// The threads of libuv are started by the first asynchronous file access, and the ES module loader makes one before any ES
// module runs. So the entry is CommonJS: only here the number can still be set. The engine's queries each occupy a thread.
process.env.UV_THREADPOOL_SIZE ??= '16';
void import('./main.ts');
