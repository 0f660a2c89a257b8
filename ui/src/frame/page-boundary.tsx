import { Component, type ReactNode } from 'react';
import { ErrorNote } from '../components/state-view.tsx';

type Props = Readonly<{ children: ReactNode }>;
type State = Readonly<{ error: unknown }>;

/** A defect in one page leaves the frame usable. */
export class PageBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return <ErrorNote error={this.state.error} retry={() => this.setState({ error: undefined })} />;
  }
}
