import { z } from 'zod';
import { textSetting, toggleSetting } from '../lib/setting.ts';
import { defaultSpoolFolder } from './defaults.ts';

export const recordersConfig = z.strictObject({
  deliver: toggleSetting()
    .default(true)
    .describe('Deliver what recorders (`wrap`, `proxy`, `tap`) of this machine have left in their spool, if it is meant for this server.'),
  spool: textSetting()
    .min(1, { error: 'must not be empty' })
    .default(defaultSpoolFolder())
    .describe('The folder of that spool.')
    .meta({ path: 'path', defaultText: '~/.meshscope/spool' }),
});
