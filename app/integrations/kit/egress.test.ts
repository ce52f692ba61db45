import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { isGlobalUnicast } from "./address.server.ts";
import { deliver } from "./deliver.server.ts";
import { createEgress, type Egress, EgressError, type EgressOptions } from "./egress.server.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

function egress(options: EgressOptions): Egress {
  const made = createEgress(options);
  open.push(made);
  return made;
}

async function listen(handler: RequestListener): Promise<{ origin: string; host: string }> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` };
}

/** Never opens a socket: records where it was asked to go. */
function recorder() {
  const dialled: string[] = [];
  const connect: EgressOptions["connect"] = (target, callback) => {
    dialled.push(target.hostname);
    callback(Object.assign(new Error("refused here"), { code: "ECONNREFUSED" }), null);
  };
  return { dialled, connect };
}

async function phaseOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "answered",
    (error) => (error instanceof EgressError ? error.phase : String(error)),
  );
}

describe("addresses", () => {
  it.each([
    "127.0.0.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "1.2.3",
    "0x7f.1",
    "2130706433",
    "017700000001",
    "",
  ])("are refused: %s", (address) => {
    expect(isGlobalUnicast(address)).toBe(false);
  });

  it.each(["1.1.1.1", "93.184.216.34", "::ffff:93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"])(
    "are let through: %s",
    (address) => {
      expect(isGlobalUnicast(address)).toBe(true);
    },
  );
});

describe("the guard", () => {
  it.each([
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://0/",
    "https://10.0.0.1/",
  ])("never dials the literal %s", async (url) => {
    const { dialled, connect } = recorder();
    expect(await phaseOf(egress({ connect }).request(url))).toBe("blocked");
    expect(dialled).toEqual([]);
  });

  it.each([
    "file:///etc/passwd",
    "ftp://one.example/",
    "ws://one.example/",
    "blob:https://one.example/x",
    "//one.example/",
  ])("never dials %s, which is no address of http or https", async (url) => {
    const { dialled, connect } = recorder();
    expect(await phaseOf(egress({ connect, resolver: async () => ["93.184.216.34"] }).request(url))).toBe("blocked");
    expect(dialled).toEqual([]);
  });

  it("never dials a name when one of its answers is private", async () => {
    const { dialled, connect } = recorder();
    const mixed = egress({ connect, resolver: async () => ["93.184.216.34", "10.0.0.8"] });
    expect(await phaseOf(mixed.request("https://mixed.example/"))).toBe("blocked");
    expect(dialled).toEqual([]);
  });

  it("dials the vetted address and not the name, so that a second answer cannot differ", async () => {
    const { dialled, connect } = recorder();
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const rebinding = egress({ connect, resolver: async () => answers.shift() ?? [] });
    expect(await phaseOf(rebinding.request("https://rebind.example/"))).toBe("connect");
    expect(dialled).toEqual(["93.184.216.34"]);
    expect(await phaseOf(rebinding.request("https://rebind.example/"))).toBe("blocked");
  });

  it("keeps the name for the certificate check and offers no HTTP/2", async () => {
    const seen: (string | undefined)[] = [];
    const guarded = egress({
      resolver: async () => ["93.184.216.34"],
      connect: (target, callback) => {
        seen.push(target.servername);
        callback(Object.assign(new Error("no"), { code: "CERT_HAS_EXPIRED" }), null);
      },
    });
    expect(await phaseOf(guarded.request("https://api.example/"))).toBe("tls");
    expect(seen).toEqual(["api.example"]);
  });

  it("drops a socket that ended somewhere else than where it was sent", async () => {
    let destroyed = false;
    const elsewhere = egress({
      resolver: async () => ["93.184.216.34"],
      connect: (_target, callback) => {
        const socket = { remoteAddress: "127.0.0.1", destroy: () => (destroyed = true) };
        callback(null, socket as unknown as Socket);
      },
    });
    expect(await phaseOf(elsewhere.request("http://moved.example/"))).toBe("blocked");
    expect(destroyed).toBe(true);
  });

  it("goes on to the next address when the first does not accept", async () => {
    const { dialled, connect } = recorder();
    const two = egress({ connect, resolver: async () => ["2606:4700::1111", "1.1.1.1"] });
    expect(await phaseOf(two.request("https://two.example/"))).toBe("connect");
    expect(dialled).toEqual(["2606:4700::1111", "1.1.1.1"]);
  });

  it("says when a name has no address", async () => {
    const failing = egress({ resolver: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })) });
    await expect(failing.request("https://gone.example/")).rejects.toMatchObject({ phase: "dns", code: "ENOTFOUND" });
  });

  it("reaches loopback only where host and port are listed", async () => {
    const server = await listen((_request, response) => response.end("here"));
    expect(await phaseOf(egress({}).request(server.origin))).toBe("blocked");
    const listed = await egress({ allow: [server.host] }).request(server.origin);
    expect(new TextDecoder().decode(listed.body)).toBe("here");
    expect(await phaseOf(egress({ allow: ["127.0.0.1:1"] }).request(server.origin))).toBe("blocked");
  });
});

describe("a request", () => {
  it("does not follow redirects", async () => {
    const server = await listen((_request, response) =>
      response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    );
    const answer = await egress({ allow: [server.host] }).request(server.origin);
    expect(answer.status).toBe(302);
  });

  it("ends a dripping answer at the deadline", async () => {
    const server = await listen((_request, response) => {
      const drip = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(drip));
    });
    expect(await phaseOf(egress({ allow: [server.host] }).request(server.origin, { timeoutMs: 150 }))).toBe("timeout");
  });

  it("ends with the caller's own reason when the caller leaves", async () => {
    const server = await listen(() => {});
    const abort = new AbortController();
    const pending = egress({ allow: [server.host] }).request(server.origin, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error("stopped")), 30);
    await expect(pending).rejects.toThrow("stopped");
  });

  it("fails on a body above the cap, or keeps its beginning", async () => {
    const server = await listen((_request, response) => response.end("x".repeat(100_000)));
    const guarded = egress({ allow: [server.host] });
    expect(await phaseOf(guarded.request(server.origin, { maxBytes: 1_000 }))).toBe("too-large");
    const cut = await guarded.request(server.origin, { maxBytes: 1_000, overflow: "truncate" });
    expect([cut.body.length, cut.truncated]).toEqual([1_000, true]);
  });

  it("names a closed port and a reset", async () => {
    const server = await listen((request) => request.socket.destroy());
    expect(await phaseOf(egress({ allow: [server.host] }).request(server.origin))).toBe("reset");
    expect(await phaseOf(egress({ allow: ["127.0.0.1:1"] }).request("http://127.0.0.1:1/"))).toBe("connect");
  });
});

describe("a delivery", () => {
  it("asks for no compression, keeps 16 KiB and reports the status", async () => {
    let asked: string | undefined;
    const server = await listen((request, response) => {
      asked = request.headers["accept-encoding"];
      response.writeHead(500).end("y".repeat(40_000));
    });
    const outcome = await deliver(egress({ allow: [server.host] }), server.origin, { headers: {}, body: "{}" });
    expect(asked).toBe("identity");
    expect(outcome).toMatchObject({ answered: true, status: 500, truncated: true });
    expect(outcome.answered && outcome.text.length).toBe(16 * 1024);
  });

  it("reports the phase when there was no answer", async () => {
    const outcome = await deliver(egress({}), "http://127.0.0.1:9/", { headers: {}, body: "{}" });
    expect(outcome).toMatchObject({ answered: false, phase: "blocked" });
  });
});
