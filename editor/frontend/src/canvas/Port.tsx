/** A port of a node or frame: the handle by which edges are drawn, and its name. */
import { Handle, Position } from "@xyflow/react";

import { INSIDE, type PortPlace } from "../model/geometry";
import { plainWords } from "../model/sentences";

interface PortProps {
  id: string;
  side: "in" | "out";
  place: PortPlace;
  named: boolean;
}

/** Where the edges end that lead to what a collapsed frame holds; new ones cannot. */
function InsidePort({ side, y }: Pick<PortProps, "side"> & { y: number }) {
  return (
    <Handle
      id={INSIDE}
      type={side === "in" ? "target" : "source"}
      position={side === "in" ? Position.Left : Position.Right}
      className="port port-inside"
      style={{ top: y }}
      isConnectable={false}
    />
  );
}

export function Port({ id, side, place, named }: PortProps) {
  const { port, y } = place;
  if (port.name === INSIDE) return <InsidePort side={side} y={y} />;
  const about = port.missing
    ? `This node has no port “${port.name}” any more: remove the edge`
    : `${port.title} · ${port.type}${port.description ? `\n${plainWords(port.description)}` : ""}`;
  const handle = (
    <Handle
      id={port.name}
      type={side === "in" ? "target" : "source"}
      position={side === "in" ? Position.Left : Position.Right}
      className={`port port-${port.type}${port.missing ? " port-missing" : ""}${port.multiple ? " port-multiple" : ""}`}
      style={port.inner ? undefined : { top: y }}
      title={about}
      data-testid={`port-${id}-${side}-${port.name}`}
    />
  );
  if (port.inner) {
    return (
      <span className={`inner-port inner-port-${side}`} style={{ top: y }} title={about}>
        <span>{port.title}</span>
        {handle}
      </span>
    );
  }
  return (
    <>
      {handle}
      {named && (
        <span
          className={`port-name port-name-${side}${port.missing ? " port-name-missing" : ""}`}
          style={{ top: y }}
          title={about}
        >
          {port.title}
        </span>
      )}
    </>
  );
}
