import { Link, useSearch as useQueryString } from 'wouter';
import { StateView } from '../../components/state-view.tsx';
import { pageLink } from '../../frame/page-link.ts';
import { MessageLanes } from './message-lanes.tsx';
import styles from './sessions.module.css';
import { useSession } from './use-session.ts';

export function SessionDrawer({ id }: Readonly<{ id: string }>) {
  const { asked, messages } = useSession(id);
  const queryString = useQueryString();
  return (
    <div className={styles.page}>
      <p className={styles.head}>
        <Link href={pageLink(`/sessions/${encodeURIComponent(id)}`, queryString)}>Open as a page</Link>
      </p>
      <div className={styles.fill}>
        <StateView
          query={{ ...asked, data: messages }}
          height={320}
          isEmpty={(all) => all.length === 0}
          empty="Nothing of this session is stored (any more)."
        >
          {(all) => (
            <MessageLanes
              messages={all}
              onEnd={() => {
                if (asked.hasNextPage && !asked.isFetchingNextPage) void asked.fetchNextPage();
              }}
            />
          )}
        </StateView>
      </div>
    </div>
  );
}
