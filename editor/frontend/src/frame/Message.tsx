/** A sentence in passing at the foot of the canvas; it leaves by itself. */
import { useEffect } from "react";

import { Words } from "../inspector/Words";
import { useUi } from "../store/ui";

export function Message() {
  const message = useUi((state) => state.message);
  useEffect(() => {
    if (!message) return;
    const timer = setTimeout(() => useUi.setState({ message: null }), (message.link ? 7000 : 2600) + message.text.length * 30);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div className="messages" role="status" aria-live="polite">
      {message && (
        <p key={message.number} className={`message message-${message.tone}`} data-testid="message">
          <Words text={message.text} />
          {message.link && <a href={message.link.href}>{message.link.text}</a>}
        </p>
      )}
    </div>
  );
}
