import { LogDetail } from './log-detail.tsx';
import { parseKey } from './log-record.ts';

/** One record, beside whatever page named it: `<index>/<_id>`. */
export function LogDrawer({ id }: Readonly<{ id: string }>) {
  const key = parseKey(id);
  return key === undefined ? <p>“{id}” does not name a record.</p> : <LogDetail index={key.index} id={key.id} place="drawer" />;
}
