/** The name under which a node type travels from the palette to the canvas. */
export const DRAGGED_KIND = "application/x-conductor-kind";
