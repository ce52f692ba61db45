import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { afterAll, expect, it } from "vitest";
import { guardProcess } from "./vendor-wire.server.ts";

const before = getGlobalDispatcher();
const server = createServer((_request, response) => response.end("inside"));
afterAll(() => {
  setGlobalDispatcher(before);
  server.close();
});

it("keeps every library's fetch off private addresses", async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ask = () => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
  expect(await ask()).toBe("inside");
  guardProcess();
  await expect(ask()).rejects.toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ phase: "blocked" }) }),
  );
});
