/** A part of the page that is shown when it is loaded; where it fails, it fails alone. */
import { Component, type ReactNode, Suspense } from "react";

interface Props {
  /** What it is called where it can't be shown. */
  readonly name?: string;
  /** What stands there until it is loaded. */
  readonly fallback?: ReactNode;
  readonly children: ReactNode;
}

export class Part extends Component<Props, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override componentDidCatch(error: unknown): void {
    reportError(error);
  }

  override render(): ReactNode {
    const { name = "A part of the editor", fallback, children } = this.props;
    const { error } = this.state;
    if (error === null) return <Suspense fallback={fallback}>{children}</Suspense>;
    return (
      <div className="part-failed" role="alert" data-testid="part-failed">
        <p>{name} can’t be shown: {String((error as Error)?.message ?? error)}. The drawing is kept.</p>
        <button type="button" className="button" onClick={() => this.setState({ error: null })}>
          Show it again
        </button>
      </div>
    );
  }
}
