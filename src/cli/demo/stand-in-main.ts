// Stands in for a published MCP server where there is neither a copy nor a network: `node stand-in-main.js NAME FOLDER`.
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { createStandIn } from './stand-in.ts';

const [name = '', folder = ''] = process.argv.slice(2);
serveStdio(() => createStandIn(name, folder), { transport: new StdioServerTransport() });
