import { Link, useSearch as useQueryString } from 'wouter';
import layout from '../../components/page-layout.module.css';
import { pageLink } from '../../frame/page-link.ts';
import { SessionConversation } from './session-conversation.tsx';
import styles from './sessions.module.css';
import { useSession } from './use-session.ts';

export function SessionDrawer({ id }: Readonly<{ id: string }>) {
  const session = useSession(id);
  const queryString = useQueryString();
  return (
    <div className={layout.page}>
      <p className={styles.head}>
        <Link href={pageLink(`/sessions/${encodeURIComponent(id)}`, queryString)}>Open as a page</Link>
      </p>
      <SessionConversation session={session} shown={session.messages ?? []} />
    </div>
  );
}
