/** The package's public API. Everything that is exported here is part of it; `test/exports.test.ts` shows a change. */
export { type LoadedConfig, type LoadOptions, loadConfig, type Origin } from './config/load.ts';
export type { Config } from './config/schema.ts';
export { AppError, type ErrorCode } from './lib/errors.ts';
export { createServer, type Server, type ServerOptions } from './server.ts';
export type { Listener } from './surfaces/http/status.ts';
