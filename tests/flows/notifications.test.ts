import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { activateConnection } from "#app/services/connection-activation.server.ts";
import { applyOutcome } from "#app/services/connection-state.server.ts";
import { getConnection } from "#app/services/connections.server.ts";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { listIssues } from "#app/services/issues.server.ts";
import {
  changeRule,
  notificationPage,
  previewRule,
  resendNotification,
  saveRule,
} from "#app/services/notification-rules.server.ts";
import { sendNotification } from "#app/services/notification-send.server.ts";
import { queueNotifications } from "#app/services/notifications.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { notification } from "#db/schema/connections.ts";
import { type RunningWorker, startWorker } from "#jobs/runner.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";
import { connectSandboxApp, startSandbox } from "#tests/support/sandbox.ts";

await testDatabase();
const app = await testApp();
const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const HIRING = "C0HIRING1";
const signal = new AbortController().signal;
let member: TestMember;
let connectionId: string;
let worker: RunningWorker | undefined;

beforeEach(async () => {
  await sandbox.control("slack", "reset", {});
  await sql`delete from inbound_route where lookup like 'account:%'`;
  member = await testMember();
  connectionId = await connectSandboxApp(sandbox, member.employerId, "slack", { channelId: HIRING });
  await activateConnection(member.employerId, connectionId, signal);
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

const applied = (firstName = "Wen") => {
  const { sample } = eventCatalog["application.received"];
  return withEmployer(member.employerId, (tx) =>
    emitEvent(tx, member.employerId, "application.received", null, {
      ...sample,
      candidate: { ...sample.candidate, firstName },
    }),
  );
};
const rows = () => withEmployer(member.employerId, (tx) => tx.select().from(notification).orderBy(notification.id));
const only = async () => {
  const [row] = await rows();
  if (!row) throw new Error("Nothing was queued.");
  return row;
};
const send = async () => sendNotification(member.employerId, (await only()).id, signal);
const vendorState = z.object({
  messages: z.array(z.object({ channel: z.string(), text: z.string(), blocks: z.array(z.unknown()) })),
});
const messages = async () => vendorState.parse(await sandbox.control("slack", "state")).messages;
const state = async () => (await getConnection(member.actor, connectionId)).state;
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 100 });
const fault = (input: Record<string, unknown>) => sandbox.control("slack", "faults", input);

describe("an event that a rule asks for", () => {
  it("becomes exactly one message in the channel, with its words and its button", async () => {
    worker = await startWorker();
    const eventId = await applied();
    const again = { id: eventId, type: "application.received", at: new Date(), data: {} };
    await withEmployer(member.employerId, (tx) => queueNotifications(tx, member.employerId, again));
    await eventually(async () => expect((await only()).status).toBe("sent"));
    await send();
    const [message, ...more] = await messages();
    expect(more).toEqual([]);
    expect(message?.channel).toBe(HIRING);
    expect(message?.text).toContain("Wen Li applied for Senior Platform Engineer. Source: ziprecruiter.");
    expect(JSON.stringify(message?.blocks)).toContain(`${app.url}/applicants/`);
  });

  it("cannot ping the channel by a candidate's name", async () => {
    await applied("<!channel> & co");
    await send();
    const [message] = await messages();
    expect(message?.text).toContain("&lt;!channel&gt; &amp; co");
    expect(message?.text).not.toContain("<!channel>");
  });

  it("says nothing once its rule is switched off", async () => {
    const { rules } = await notificationPage(member.actor, connectionId);
    const rule = rules.find(({ eventType }) => eventType === "application.received");
    await changeRule(member.actor, connectionId, rule?.id ?? "", "off");
    await applied();
    expect(await rows()).toEqual([]);
  });
});

describe("sending", () => {
  it("waits out a limit and then sends once", async () => {
    await fault({ kind: "429", count: 1, seconds: 1, match: "chat.postMessage" });
    worker = await startWorker();
    await applied();
    await eventually(async () => expect((await only()).status).toBe("sent"));
    expect(await messages()).toHaveLength(1);
  });

  it("never repeats a message whose answer was lost; a person who has looked can", async () => {
    await fault({ kind: "drop-response-after-commit", match: "chat.postMessage" });
    await applied();
    await send();
    expect(await only()).toMatchObject({ status: "unclear", error: expect.stringContaining("may have arrived") });
    await send();
    expect(await messages()).toHaveLength(1);
    await resendNotification(member.actor, connectionId, (await only()).id);
    await send();
    expect([(await only()).status, (await messages()).length]).toEqual(["sent", 2]);
  });

  it("marks a message unclear that a dead process left in the middle", async () => {
    await applied();
    await withEmployer(member.employerId, (tx) => tx.update(notification).set({ status: "sending" }));
    await send();
    expect([(await only()).status, (await messages()).length]).toEqual(["unclear", 0]);
  });

  it("to a channel that was archived raises an issue that names it, and another channel heals it", async () => {
    await sandbox.control("slack", "actions/archive-channel", { team: "T0ACME0001", channel: HIRING });
    worker = await startWorker();
    await applied();
    await eventually(async () => expect((await only()).status).toBe("failed"));
    const { open } = await listIssues(member.actor);
    expect(open.map(({ detail }) => detail)).toEqual([expect.stringContaining("does not let us write to #hiring")]);
    expect(await messages()).toEqual([]);
    const { rules } = await notificationPage(member.actor, connectionId);
    for (const { id, eventType, title, body } of rules)
      await saveRule(member.actor, connectionId, id, { eventType, title, body, destinationId: "C0RANDOM1" });
    expect((await listIssues(member.actor)).open).toEqual([]);
    expect(await state()).toBe("active");
  });
});

describe("a workspace that removes the app", () => {
  it("turns the connection red at once, and what is queued waits for the sign-in", async () => {
    worker = await startWorker();
    await sandbox.control("slack", "actions/register-events", { url: `${app.url}/webhooks/slack` });
    await sandbox.control("slack", "faults", { kind: "revoke", account: "T0ACME0001" });
    await eventually(async () => expect(await state()).toBe("needs_reconnect"));
    await applied();
    await eventually(async () => expect((await only()).error).toContain("waits until"));
    expect(await only()).toMatchObject({ status: "queued" });
    expect(await messages()).toEqual([]);
    await sandbox.control("slack", "faults", { kind: "restore" });
    await withEmployer(member.employerId, (tx) =>
      applyOutcome(tx, member.employerId, connectionId, { kind: "proven" }),
    );
    await activateConnection(member.employerId, connectionId, signal);
    await eventually(async () => expect((await only()).status).toBe("sent"));
    expect(await messages()).toHaveLength(1);
  });
});

describe("rules", () => {
  it("are there from the start, for the chosen channel, and are not made again once a person removed them", async () => {
    const { rules } = await notificationPage(member.actor, connectionId);
    expect(rules.map(({ eventType }) => eventType)).toEqual([
      "application.received",
      "interview.booked",
      "interview.cancelled",
      "interview.moved",
      "job.posted",
    ]);
    expect(new Set(rules.map(({ destinationName }) => destinationName))).toEqual(new Set(["#hiring"]));
    for (const { id } of rules) await changeRule(member.actor, connectionId, id, "remove");
    await activateConnection(member.employerId, connectionId, signal);
    expect((await notificationPage(member.actor, connectionId)).rules).toEqual([]);
  });

  it("name only what their event has, and a channel hears of an event once", async () => {
    const rule = {
      eventType: "job.closed",
      destinationId: HIRING,
      title: "Closed {{job.title}}",
      body: "{{candidate.email}}",
    };
    await expect(saveRule(member.actor, connectionId, null, rule)).rejects.toMatchObject({
      info: { fields: { body: "The event has no {{candidate.email}}." } },
    });
    await saveRule(member.actor, connectionId, null, { ...rule, body: "" });
    await expect(saveRule(member.actor, connectionId, null, { ...rule, body: "" })).rejects.toMatchObject({
      kind: "conflict",
    });
  });

  it("can be seen before they speak", async () => {
    const preview = await previewRule(member.actor, connectionId, {
      eventType: "interview.booked",
      title: "{{candidate.firstName}}",
      body: "On {{interview.start}}",
    });
    expect(preview).toMatchObject({ title: "Wen", body: "On Thu 24 Sept, 08:30 UTC" });
    expect(preview?.wire).toContain('"type": "header"');
  });

  it("of another employer are not there", async () => {
    const stranger = await testMember();
    const { rules } = await notificationPage(member.actor, connectionId);
    await expect(changeRule(stranger.actor, connectionId, rules[0]?.id ?? newId(), "off")).rejects.toMatchObject({
      kind: "not-found",
    });
    expect(
      await withEmployer(stranger.employerId, (tx) =>
        tx.select().from(notification).where(eq(notification.employerId, member.employerId)),
      ),
    ).toEqual([]);
  });
});
