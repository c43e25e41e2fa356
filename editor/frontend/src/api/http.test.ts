import { afterEach, expect, it, vi } from "vitest";

import { request } from "./http";

afterEach(() => vi.unstubAllGlobals());

it("says that the server is away also where it goes away in the middle of its answer", async () => {
  const broken = new ReadableStream({
    start(body) {
      body.enqueue(new TextEncoder().encode('{"sequ'));
      body.error(new TypeError("network error"));
    },
  });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(broken)));
  await expect(request("blueprints/1/updates/")).rejects.toMatchObject({ code: "offline", offline: true });
});
