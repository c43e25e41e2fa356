/** Where an edge was refused for its types: why, and the nodes that would convert. */
import { Plus } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

import { type Offer, useUi } from "../store/ui";
import { insertConverter, offers } from "./convert";
import { NodeIcon } from "./icons";

const MARGIN = 8;
const close = (): void => useUi.setState({ offer: null });

function Choices({ offer }: { offer: Offer }) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: offer.x, top: offer.y });
  useLayoutEffect(() => {
    const size = box.current?.getBoundingClientRect();
    if (!size) return;
    setPlace({
      left: Math.max(MARGIN, Math.min(offer.x, window.innerWidth - size.width - MARGIN)),
      top: Math.max(MARGIN, Math.min(offer.y, window.innerHeight - size.height - MARGIN)),
    });
  }, [offer]);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector("button")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const step = (way: number): void => {
    const items = [...(box.current?.querySelectorAll("button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    items[(at + way + items.length) % items.length]?.focus();
  };
  return (
    <div className="scrim" onPointerDown={close} onContextMenu={(event) => event.preventDefault()}>
      <div
        ref={box}
        className="run-menu context-menu converter-offer"
        role="menu"
        aria-label={`${offer.reason}. Insert a converter?`}
        style={place}
        onPointerDown={(event) => event.stopPropagation()}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === "Escape" || event.key === "Tab") close();
          else if (event.key === "ArrowDown") step(1);
          else if (event.key === "ArrowUp") step(-1);
          else return;
          event.preventDefault();
        }}
        data-testid="converter-offer"
      >
        <p>{offer.reason}.</p>
        {offers(offer.ends).map((converter) => (
          <button
            key={`${converter.spec.kind}: ${converter.title}`}
            type="button"
            role="menuitem"
            onClick={() => {
              close();
              insertConverter(converter, offer.ends, offer.replaced);
            }}
          >
            {converter.spec.icon ? <NodeIcon name={converter.spec.icon} /> : <Plus size={15} aria-hidden />}
            Insert “{converter.title}”
            {converter.spec.title !== converter.title && <code>{converter.spec.title}</code>}
          </button>
        ))}
      </div>
    </div>
  );
}

export function ConverterOffer() {
  const offer = useUi((state) => state.offer);
  return offer && <Choices key={`${offer.x},${offer.y}`} offer={offer} />;
}
