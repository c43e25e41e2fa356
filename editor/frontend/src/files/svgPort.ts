/** A port of a picture: its shape tells its type apart without colour, as on the canvas. */
import type { PortType } from "../model/types";

const SHAPES: Readonly<Record<PortType, string>> = {
  any: '<circle r="5"/>',
  text: '<path d="M-5,5 V0 A5,5 0 1 1 0,5 Z"/>',
  number: '<path d="M-5,-5 H5 V0 A5,5 0 0 1 -5,0 Z"/>',
  boolean: '<rect x="-4.5" y="-4.5" width="9" height="9" rx="1.5" transform="rotate(45)"/>',
  object: '<rect x="-5" y="-5" width="10" height="10" rx="2.5"/>',
  list: '<rect x="-5" y="-8" width="10" height="16" rx="5"/>',
  file: '<path d="M-5,-5 H0 A5,5 0 0 1 5,0 V5 H-5 Z"/>',
};

interface Look {
  type: PortType;
  multiple: boolean;
}

export function portShape(x: number, y: number, { type, multiple }: Look, fill: string, stroke: string): string {
  return `<g transform="translate(${x} ${y})" fill="${fill}" stroke="${stroke}" stroke-width="2">${SHAPES[multiple ? "list" : type]}</g>`;
}
