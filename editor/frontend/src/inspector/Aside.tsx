/** What came to a trigger and could not become a run: why, what it holds, and its replay. */
import { RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";

import { ApiError, get, post, request } from "../api/http";
import { useAnswer } from "../expressions/ask";
import { showRun } from "../store/runs";

interface Message {
  readonly id: string;
  readonly reason: string;
  readonly created: string;
}

const SHOWN = 20;

export function Aside({ blueprint, node, count, moment }: { blueprint: string; node: string; count: number; moment: number }) {
  const [turn, setTurn] = useState(0);
  const [wrong, setWrong] = useState("");
  const asked = `listeners/aside/?blueprint=${blueprint}&node=${encodeURIComponent(node)}&replayed=no&limit=${SHOWN}`;
  const page = useAnswer((signal) => get<{ results: Message[] }>(asked, signal), `${asked} ${count} ${turn} ${moment}`, 0);

  const attempt = async (what: () => Promise<unknown>) => {
    try {
      await what();
      setWrong("");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setWrong(error.message);
    }
    setTurn((before) => before + 1);
  };
  const replay = (id: string) =>
    attempt(async () => {
      showRun((await post<{ run: string }>(`listeners/aside/${id}/replay/`)).run);
    });
  const remove = (id: string) => attempt(() => request(`listeners/aside/${id}/`, { method: "DELETE" }));

  return (
    <div className="calls" data-testid="aside">
      <p className="field-help">
        {count.toLocaleString("en")} {count === 1 ? "message" : "messages"} could not be accepted
        {count > SHOWN && `; the newest ${SHOWN} are shown`}.
      </p>
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
      {page?.results.map((message) => (
        <Row key={message.id} message={message} onReplay={() => void replay(message.id)} onRemove={() => void remove(message.id)} />
      ))}
    </div>
  );
}

function Row({ message, onReplay, onRemove }: { message: Message; onReplay: () => void; onRemove: () => void }) {
  const [open, setOpen] = useState(false);
  const came = new Date(message.created).toLocaleString(undefined, { hourCycle: "h23" });
  return (
    <details className="call" data-testid="aside-message" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <time dateTime={message.created}>{came}</time>
        <span className="call-line" title={message.reason}>
          {message.reason}
        </span>
      </summary>
      <p className="field-help">{message.reason}</p>
      {open && <Content id={message.id} />}
      <div className="call-tools">
        <button type="button" className="add-item" onClick={onReplay}>
          <RotateCw size={12} aria-hidden /> Replay
        </button>
        <button type="button" className="add-item" onClick={onRemove}>
          <Trash2 size={12} aria-hidden /> Delete
        </button>
      </div>
    </details>
  );
}

function Content({ id }: { id: string }) {
  const message = useAnswer((signal) => get<{ content: unknown }>(`listeners/aside/${id}/`, signal), id, 0);
  return message ? <pre tabIndex={0}>{JSON.stringify(message.content, null, 2)}</pre> : null;
}
