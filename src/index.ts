export { AppError, type ErrorCode } from './lib/errors.ts';
