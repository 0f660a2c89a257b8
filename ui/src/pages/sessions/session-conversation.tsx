import layout from '../../components/page-layout.module.css';
import { StateView } from '../../components/state-view.tsx';
import { MessageLanes } from './message-lanes.tsx';
import type { SessionMessage } from './session-messages.ts';
import type { useSession } from './use-session.ts';

type SessionConversationProps = Readonly<{ session: ReturnType<typeof useSession>; shown: readonly SessionMessage[] }>;

/** Messages of a session, those of it that are shown; further ones are read as one scrolls. */
export function SessionConversation({ session: { asked, messages }, shown }: SessionConversationProps) {
  return (
    <div className={layout.fill}>
      <StateView
        query={{ ...asked, data: messages }}
        height={320}
        isEmpty={(all) => all.length === 0}
        empty="Nothing of this session is stored (any more)."
      >
        {() => (
          <MessageLanes
            messages={shown}
            onEnd={() => {
              if (asked.hasNextPage && !asked.isFetchingNextPage) void asked.fetchNextPage();
            }}
          />
        )}
      </StateView>
    </div>
  );
}
