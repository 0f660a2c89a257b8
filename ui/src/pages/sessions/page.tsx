import { Route, Switch } from 'wouter';
import { SessionList } from './session-list.tsx';
import { SessionPage } from './session-page.tsx';

/** Conversations between MCP clients and servers. */
export function Page() {
  return (
    <Switch>
      <Route path="/sessions/:id">{({ id }) => <SessionPage id={decodeURIComponent(id)} />}</Route>
      <Route>
        <SessionList />
      </Route>
    </Switch>
  );
}
