/** Whether a credential is connected, and the way to the provider, which asks for consent in a window of its own. */
import { Plug } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { csrfToken } from "../api/http";
import { momentWords } from "../model/sentences";
import { CopyButton } from "../runs/ValueView";
import { connectionChanged, type Kept, readCredential } from "../store/credentials";
import { Words } from "./Words";

/** Seconds between two looks, where the other window cannot tell, such as one of another browser. */
const PAUSE = 2000;

/** The address that has to be registered at the provider. */
export function RedirectAddress({ address }: { address: string }) {
  return (
    <div className="field">
      <div className="field-head">
        <label htmlFor="credential-redirect">Redirect address</label>
      </div>
      <div className="field-blueprint">
        <input id="credential-redirect" type="text" className="control" readOnly value={address} onFocus={(event) => event.target.select()} />
        <CopyButton text={() => address} label="Copy the redirect address" />
      </div>
      <p className="field-help">Register it at the provider: there people are sent back to after their consent.</p>
    </div>
  );
}

interface Props {
  credential: Kept;
  /** Whether it is what there is to do here. */
  first?: boolean;
  /** What is known of it by now. */
  onChanged: (credential: Kept) => void;
}

export function ConnectCredential({ credential, first = false, onChanged }: Props) {
  const { id, connection } = credential;
  const [waiting, setWaiting] = useState(false);
  const [wrong, setWrong] = useState("");
  const token = useRef<HTMLInputElement>(null);
  const since = connection?.since ?? null;

  useEffect(() => {
    if (!waiting) return;
    const look = async (): Promise<void> => {
      const now = await readCredential(id).catch(() => null);
      if (now?.connection?.state !== "connected" || now.connection.since === since) return;
      setWaiting(false);
      onChanged(now);
      connectionChanged();
    };
    const channel = new BroadcastChannel("conductor-connected");
    channel.onmessage = ({ data }: MessageEvent<{ id: string; why: string }>) => {
      if (data.id !== id) return;
      if (!data.why) return void look();
      setWaiting(false);
      setWrong(data.why);
    };
    const timer = setInterval(() => void look(), PAUSE);
    return () => {
      clearInterval(timer);
      channel.close();
    };
  }, [waiting, id, since]);

  if (!connection) return null;
  const { state, scope, ends, renews, why } = connection;
  const works = state === "connected";
  const again = since !== null;
  return (
    <section className="connect" data-state={state} aria-label="Connection" data-testid="connect-credential">
      <div role="status">
        {waiting ? (
          <p>The provider asks you in the other window. This one goes on by itself.</p>
        ) : works ? (
          <p>
            Connected since {since && momentWords(since)}
            {scope && <>, for <code>{scope}</code></>}.{!renews && ends && ` It ends ${momentWords(ends)}: the provider lets nobody renew it.`}
          </p>
        ) : (
          <p>{again ? `It has to be connected again. ${why}` : "It has to be connected: the provider asks you, once, in a window of its own."}</p>
        )}
      </div>
      {wrong && !waiting && (
        <p className="dialog-error" role="alert">
          <Words text={wrong} />
        </p>
      )}
      <form
        method="post"
        action={`/credentials/${id}/connect/`}
        target="_blank"
        rel="noopener"
        onSubmit={() => {
          // The newest: another tab may have signed in since.
          if (token.current) token.current.value = csrfToken();
          setWrong("");
          setWaiting(true);
        }}
      >
        <input ref={token} type="hidden" name="csrfmiddlewaretoken" />
        <button type="submit" autoFocus={first} className={`button${works ? "" : " button-primary"}`} data-testid="connect">
          <Plug size={14} aria-hidden /> {again || waiting ? "Connect again" : "Connect"}
        </button>
      </form>
    </section>
  );
}
