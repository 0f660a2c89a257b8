import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where records go when nobody says otherwise: the default port of this machine. */
export const defaultCollectorUrl = 'http://127.0.0.1:8000';

/** Where records wait for the collector when nobody says otherwise. */
export const defaultSpoolFolder = (): string => join(homedir(), '.meshscope', 'spool');

export const defaultIndex = 'mcp-calls';

/** What the user has decided for all servers of this machine. */
export const recorderFile = (): string => join(homedir(), '.meshscope', 'recorder.json');
