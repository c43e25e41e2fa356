/** The name under which a node type travels from the palette to the canvas. */
export const DRAGGED_KIND = "application/x-conductor-kind";

/** The kind under way: what travels may be read only where it is dropped, too late to show its place. */
export const dragged = { kind: "" };
