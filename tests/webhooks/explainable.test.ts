import { buildConnector } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEgress, type Egress, type EgressOptions } from "#app/integrations/kit/egress.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import { testApp } from "#tests/support/app.ts";
import { makeAuthority } from "#tests/support/certificate.ts";
import { testDatabase } from "#tests/support/database.ts";
import { makeSender, type Sender } from "#tests/support/deliveries.ts";
import { type Behaviour, behaviours, startHostile } from "#tests/support/hostile.ts";
import { measured } from "#tests/support/measured.ts";
import { signedIn, testMember } from "#tests/support/people.ts";

await testDatabase();
const { url } = await testApp();
const authority = makeAuthority();
const NAME = "receiver.example";
const YEAR_MS = 365 * 86_400_000;

function egress(options: EgressOptions): Egress {
  const made = createEgress(options);
  onTestFinished(() => made.close());
  return made;
}

/** The way to a receiver on loopback as if it were the host of `NAME`, trusting our authority. */
const wayTo = (host: string, more: EgressOptions = {}): Egress =>
  egress({
    allow: [host],
    resolver: async () => ["127.0.0.1"],
    connect: buildConnector({ allowH2: false, ca: authority.cert, timeout: 10_000 }),
    ...more,
  });

interface Case {
  title: string;
  outcome: string;
  phase: string;
  sentence: string;
  /** Phases that took time. */
  timed: string[];
  reached: boolean;
  /** On the page. */
  words: string[];
  make(): Promise<{ url: string; egress: Egress; timeoutMs?: number }>;
}

const plain = (behave: Behaviour, timeoutMs?: number) => async () => {
  const { port } = await startHostile(behave);
  const way = { url: `http://${NAME}:${port}/hooks`, egress: wayTo(`${NAME}:${port}`) };
  return timeoutMs === undefined ? way : { ...way, timeoutMs };
};

const encrypted = (names: string[], notAfter?: Date) => async () => {
  const wish = notAfter ? { names, notAfter, notBefore: new Date(notAfter.getTime() - YEAR_MS) } : { names };
  const { port } = await startHostile(behaviours["takes it"], authority.issue(wish));
  return { url: `https://${NAME}:${port}/hooks`, egress: wayTo(`${NAME}:${port}`) };
};

const cases: Case[] = [
  {
    title: "a name that does not exist",
    ...{ outcome: "dns", phase: "dns", timed: ["dns"], reached: false },
    sentence: `The name ${NAME} could not be resolved.`,
    words: ["Name not found", "while its name was looked up and checked"],
    make: async () => ({
      url: `https://${NAME}/hooks`,
      egress: egress({
        resolver: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })),
      }),
    }),
  },
  {
    title: "a refused connection",
    ...{ outcome: "connect", phase: "connect", timed: ["dns", "connect"], reached: true },
    sentence: `${NAME} did not accept the connection.`,
    words: ["No connection", "while we connected", "127.0.0.1"],
    // Nothing listens on port 1.
    make: async () => ({ url: `https://${NAME}:1/hooks`, egress: wayTo(`${NAME}:1`) }),
  },
  {
    title: "an expired certificate",
    ...{ outcome: "tls", phase: "tls", timed: ["dns", "connect", "tls"], reached: true },
    sentence: `The certificate of ${NAME} has expired.`,
    words: ["Certificate not accepted", "during the encrypted greeting", "127.0.0.1"],
    make: encrypted([NAME], new Date(Date.now() - 86_400_000)),
  },
  {
    title: "a certificate for another name",
    ...{ outcome: "tls", phase: "tls", timed: ["dns", "connect", "tls"], reached: true },
    sentence: `The certificate of ${NAME} is for another name.`,
    words: ["Certificate not accepted", "during the encrypted greeting", "127.0.0.1"],
    make: encrypted(["somebody-else.example"]),
  },
  {
    title: "a connection reset in the middle of the answer",
    ...{ outcome: "reset", phase: "body", timed: ["dns", "connect", "ttfb", "body"], reached: true },
    sentence: `${NAME} answered 200 and broke off in the middle of its answer.`,
    words: ["Connection broken", "in the middle of the answer", "127.0.0.1"],
    make: plain(behaviours["reset mid-body"]),
  },
  {
    title: "headers that do not come in time",
    ...{ outcome: "timeout", phase: "ttfb", timed: ["dns", "connect", "ttfb"], reached: true },
    sentence: `${NAME} did not answer within 0.6 s.`,
    words: ["Too slow", "while we waited for the answer", "127.0.0.1"],
    make: plain(behaviours.hangs, 600),
  },
  {
    title: "an answer that does not end in time",
    ...{ outcome: "timeout", phase: "body", timed: ["dns", "connect", "ttfb", "body"], reached: true },
    sentence: `${NAME} answered 200 and did not end its answer within 0.6 s.`,
    words: ["Too slow", "in the middle of the answer", "127.0.0.1"],
    make: plain(behaviours.drips, 600),
  },
  {
    title: "an address inside the house",
    ...{ outcome: "blocked", phase: "dns", timed: ["dns"], reached: false },
    sentence: `${NAME} does not lead to a public address, so it is not called.`,
    words: ["Address not public", "while its name was looked up and checked"],
    make: async () => ({ url: `https://${NAME}/hooks`, egress: egress({ resolver: async () => ["10.0.0.8"] }) }),
  },
];

/** A sender whose endpoint has this address, whatever the form would say to it. */
async function senderTo(address: string): Promise<Sender> {
  const sender = await makeSender("https://to-be-replaced.example/hooks");
  await withEmployer(sender.actor.employerId, (tx) => tx.update(endpoint).set({ url: address }));
  return sender;
}

describe("a failed attempt", () => {
  let explained = 0;

  it.each(cases)("because of $title says so, in its row and on the page", async (one) => {
    const { url: address, egress: way, timeoutMs } = await one.make();
    const sender = await senderTo(address);
    const delivery = await sender.emit();
    await sender.attempt(delivery, { egress: way, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    const [attempt, ...others] = (await sender.look(delivery)).attempts;
    expect(others).toEqual([]);
    expect(attempt).toMatchObject({ outcome: one.outcome, phase: one.phase, error: one.sentence, status: null });
    expect(Object.keys(attempt?.timings ?? {}).sort()).toEqual([...one.timed].sort());
    expect(attempt?.remoteAddress).toBe(one.reached ? "127.0.0.1" : null);
    const parts = Object.values(attempt?.timings ?? {}).reduce((sum, part) => sum + part, 0);
    expect(parts).toBeLessThanOrEqual((attempt?.milliseconds ?? 0) + 5);

    const member = await testMember({ employerId: sender.actor.employerId });
    const visitor = await signedIn(url, member);
    const page = await visitor.get(`/webhooks/deliveries/${delivery.id}`);
    expect(page.status).toBe(200);
    for (const words of [one.sentence, ...one.words]) expect(page.body).toContain(words);
    explained += 1;
    measured({ explained: `${explained} of ${cases.length}` });
  });

  it("over a kept connection shows that nothing had to be connected", async () => {
    const { port } = await startHostile(behaviours["takes it"]);
    const sender = await senderTo(`http://${NAME}:${port}/hooks`);
    const way = wayTo(`${NAME}:${port}`);
    const [first, second] = [await sender.emit(), await sender.emit()];
    await sender.attempt(first, { egress: way });
    await sender.attempt(second, { egress: way });
    const [one] = (await sender.look(first)).attempts;
    const [two] = (await sender.look(second)).attempts;
    expect(one).toMatchObject({ outcome: "delivered", phase: null, remoteAddress: "127.0.0.1" });
    expect(Object.keys(one?.timings ?? {}).sort()).toEqual(["body", "connect", "dns", "ttfb"]);
    expect(two).toMatchObject({ outcome: "delivered", phase: null, remoteAddress: "127.0.0.1" });
    expect(Object.keys(two?.timings ?? {}).sort()).toEqual(["body", "ttfb"]);
  });
});
