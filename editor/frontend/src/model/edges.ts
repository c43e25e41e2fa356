/** The text form of an edge, `node.port -> node.port`, and its parts. */

export interface EdgeEnds {
  source: string;
  sourcePort: string;
  target: string;
  targetPort: string;
}

const SHAPE = /^\s*([A-Za-z_][A-Za-z0-9_-]*)\.(.+?)\s*->\s*([A-Za-z_][A-Za-z0-9_-]*)\.(.+?)\s*$/;

export function edgeText(ends: EdgeEnds): string {
  return `${ends.source}.${ends.sourcePort} -> ${ends.target}.${ends.targetPort}`;
}

/** Read an edge's text; undefined when it is none. */
export function parseEdge(text: string): EdgeEnds | undefined {
  const parts = SHAPE.exec(text);
  if (!parts) return undefined;
  const [, source, sourcePort, target, targetPort] = parts;
  if (!source || !sourcePort || !target || !targetPort) return undefined;
  return { source, sourcePort, target, targetPort };
}
