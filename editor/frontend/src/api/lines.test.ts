import { expect, it } from "vitest";

import { serverReached, tryWithOthers } from "./lines";
import { Socket, type Wire } from "./socket";

it("opens the other lines of a page as soon as one has reached the server", () => {
  const wires: Wire[] = [];
  const socket = new Socket({
    open: () => {
      const wire: Wire = { readyState: 0, onopen: null, onmessage: null, onclose: null, send: () => undefined, close: () => undefined };
      wires.push(wire);
      return wire;
    },
    schedule: () => () => undefined,
  });
  tryWithOthers(() => socket.connect());
  socket.connect();
  wires[0]?.onclose?.({ code: 1006 });
  expect(wires).toHaveLength(1);
  serverReached();
  serverReached();
  expect(wires).toHaveLength(2);
});
