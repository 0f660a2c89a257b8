import { hostname } from 'node:os';
import { z } from 'zod';
import { listSetting, textSetting, toggleSetting } from '../../lib/setting.ts';

export const filesConfig = z.strictObject({
  paths: listSetting().default([]).describe('Log files to follow, as globs. Empty: none.').meta({ path: 'path' }),
  exclude: listSetting()
    .default([])
    .describe('Files that are not followed although `files.paths` names them, as globs.')
    .meta({ path: 'pattern' }),
  readFrom: z
    .enum(['head', 'tail'], { error: 'must be head or tail' })
    .default('head')
    .describe('Where a file that was never seen before is read from.'),
  index: textSetting()
    .min(1, { error: 'must not be empty' })
    .default('mcp-mesh-logs-files')
    .describe('Index into which the lines of files go.'),
  multiline: toggleSetting().default(true).describe('Join the lines of a traceback into one record.'),
  environment: textSetting()
    .default('development')
    .describe('Environment name that is added to each record from files.')
    .meta({ alias: 'ENVIRONMENT' }),
  clusterName: textSetting()
    .default('mcp-mesh')
    .describe('Cluster name that is added to each record from files.')
    .meta({ alias: 'CLUSTER_NAME' }),
  hostname: textSetting()
    .default(() => hostname())
    .describe('Host name that is added to each record from files.')
    .meta({ defaultText: "the machine's host name" }),
});
