#!/usr/bin/env node
// The threads of libuv are started by the first asynchronous file access, and the ES module loader makes one before any ES
// module runs. So the entry is CommonJS: only here the number can still be set. The engine's queries each occupy a thread.
// `wrap` has no engine, passes its environment on to a server that is not ours, and loads little, because a client waits for that server.
if (process.argv[2] === 'wrap') {
  void import('./wrap-start.ts');
} else {
  process.env.UV_THREADPOOL_SIZE ??= '16';
  void import('./main.ts');
}
