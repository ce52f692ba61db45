import { describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import type { Permission } from "#app/platform/permissions.ts";
import { operations } from "#app/services/api/operations.server.ts";
import { listAudit } from "#app/services/audit.server.ts";
import { withSystem } from "#db/client.server.ts";
import { rateLimit } from "#db/schema/people.ts";
import { apiCaller } from "#tests/support/api-caller.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, testMember } from "#tests/support/people.ts";

await testDatabase();
const { url } = await testApp();

const caller = (scopes?: readonly Permission[]) => apiCaller(url, scopes ? { scopes } : {});

const job = { title: "Platform Engineer", descriptionHtml: "<p>Build.<script>x()</script></p>", status: "open" };

describe("the API's door", () => {
  it("is closed without a key, with a wrong one, and to a key without the scope", async () => {
    const anonymous = await fetch(`${url}/api/v1/jobs`);
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get("content-type")).toBe("application/problem+json");
    expect(anonymous.headers.get("www-authenticate")).toBe("Bearer");
    const wrong = await fetch(`${url}/api/v1/jobs`, {
      headers: { authorization: `Bearer pbk_${"0".repeat(32)}_${"x".repeat(43)}` },
    });
    expect(wrong.status).toBe(401);
    const { call } = await caller(["jobs:read"]);
    expect((await call("GET", "/api/v1/jobs")).status).toBe(200);
    expect(await call("POST", "/api/v1/jobs", job)).toMatchObject({ status: 403, json: { title: "Not allowed" } });
  });

  it("takes a session for the integrations only, and never from another site", async () => {
    const visitor = await signedIn(url, await testMember());
    expect((await visitor.get("/api/integrations")).status).toBe(200);
    expect((await visitor.get("/api/v1/jobs")).status).toBe(401);
    const foreign = await visitor.post("/api/integrations/greenhouse/connect", {}, { origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    expect(
      (
        await signedIn(url, await testMember({ role: "viewer" })).then((viewer) =>
          viewer.post(`/api/integrations/greenhouse/connect`, {}),
        )
      ).status,
    ).toBe(403);
  });

  it("says what an address takes, what is missing and what is wrong", async () => {
    const { call } = await caller();
    expect((await call("DELETE", "/api/v1/jobs")).headers.get("allow")).toBe("GET, POST");
    expect((await call("GET", "/api/v1/nothing")).status).toBe(404);
    expect((await call("GET", "/api/v1/jobs/not-an-id")).status).toBe(404);
    const refused = await call("POST", "/api/v1/jobs", { descriptionHtml: "<p>x</p>", openings: 0 });
    expect(refused.status).toBe(400);
    expect(refused.json.errors.map((error: { field: string }) => error.field).sort()).toEqual(["openings", "title"]);
    expect((await call("POST", "/api/v1/jobs", "x".repeat(1024 * 1024))).status).toBe(413);
    expect((await call("GET", "/api/v1/jobs?cursor=zzz")).status).toBe(400);
  });

  it("counts requests and says so, and stops at the limit", async () => {
    const { call } = await caller();
    const first = await call("GET", "/api/v1/jobs");
    expect(first.headers.get("ratelimit-limit")).toBe("600");
    expect(first.headers.get("ratelimit-remaining")).toBe("599");
    await withSystem((tx) => tx.update(rateLimit).set({ count: 600 }));
    const stopped = await call("GET", "/api/v1/jobs");
    expect(stopped.status).toBe(429);
    expect(Number(stopped.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("jobs over the API", () => {
  it("are written, read, listed by cursor, changed in part and closed", async () => {
    const { call } = await caller();
    const made = [];
    for (const title of ["First job", "Second job", "Third job"])
      made.push((await call("POST", "/api/v1/jobs", { ...job, title })).json);
    expect(made[0].descriptionHtml).not.toContain("script");
    const page = await call("GET", "/api/v1/jobs?limit=2");
    expect(page.json.data.map((row: { title: string }) => row.title)).toEqual(["Third job", "Second job"]);
    const rest = await call("GET", `/api/v1/jobs?limit=2&cursor=${page.json.nextCursor}`);
    expect(rest.json).toMatchObject({ data: [{ title: "First job" }], nextCursor: null });
    const { id } = made[0];
    await call("PATCH", `/api/v1/jobs/${id}`, { departments: ["Product"], openings: 3 });
    const changed = await call("PATCH", `/api/v1/jobs/${id}`, { title: "First job, better" });
    expect(changed.json).toMatchObject({
      title: "First job, better",
      departments: ["Product"],
      openings: 3,
      status: "open",
    });
    expect((await call("POST", `/api/v1/jobs/${id}/close`, { reason: "filled" })).json).toMatchObject({
      status: "closed",
    });
    expect((await call("GET", "/api/v1/jobs?status=closed")).json.data).toHaveLength(1);
  });

  it("do nothing twice under one idempotency key", async () => {
    const { call, member } = await caller();
    const key = { "idempotency-key": newId() };
    const [first, second] = [
      await call("POST", "/api/v1/jobs", job, key),
      await call("POST", "/api/v1/jobs", job, key),
    ];
    expect(second).toMatchObject({ status: 201, json: first.json });
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect((await call("GET", "/api/v1/jobs")).json.data).toHaveLength(1);
    expect((await call("POST", "/api/v1/jobs", { ...job, title: "Another" }, key)).status).toBe(422);
    const together = { "idempotency-key": newId() };
    const answers = await Promise.all(Array.from({ length: 5 }, () => call("POST", "/api/v1/jobs", job, together)));
    for (const { status } of answers) expect([201, 409]).toContain(status);
    expect((await call("GET", "/api/v1/jobs")).json.data).toHaveLength(2);
    const { entries } = await listAudit(member.actor, { text: "job." });
    expect(entries.filter((entry) => entry.actorKind === "api")).toHaveLength(2);
  });
});

describe("applications over the API", () => {
  it("come in once per person and job, and move", async () => {
    const { call } = await caller();
    const { id: jobId } = (await call("POST", "/api/v1/jobs", job)).json;
    const candidate = { firstName: "Wen", lastName: "Li", emails: ["wen@example.com"] };
    const first = await call("POST", "/api/v1/applications", { jobId, candidate });
    expect(first).toMatchObject({ status: 201, json: { source: "api", status: "active", job: { id: jobId } } });
    const again = await call("POST", "/api/v1/applications", { jobId, candidate });
    expect(again.json.id).toBe(first.json.id);
    const moved = await call("POST", `/api/v1/applications/${first.json.id}/move`, {
      status: "rejected",
      reason: "No",
    });
    expect(moved.json).toMatchObject({ status: "rejected" });
    expect((await call("GET", `/api/v1/applications?jobId=${jobId}`)).json.data).toHaveLength(1);
    expect((await call("POST", "/api/v1/applications", { jobId: newId(), candidate })).status).toBe(404);
  });
});

describe("webhook endpoints over the API", () => {
  it("show their secret once", async () => {
    const { call } = await caller();
    const made = await call("POST", "/api/v1/webhooks", {
      url: "https://hooks.example.com/in",
      eventTypes: ["job.closed"],
    });
    expect(made.json.secret).toMatch(/^whsec_/);
    const { id } = made.json.endpoint;
    const shown = await call("GET", `/api/v1/webhooks/${id}`);
    expect(JSON.stringify(shown.json)).not.toContain("whsec_");
    expect((await call("GET", `/api/v1/webhooks/${id}/deliveries`)).json).toEqual({ data: [], nextCursor: null });
    expect((await call("POST", "/api/v1/webhooks", { url: "http://127.0.0.1/x" })).status).toBe(400);
    expect((await call("DELETE", `/api/v1/webhooks/${id}`)).status).toBe(204);
    expect((await call("GET", `/api/v1/webhooks/${id}`)).status).toBe(404);
  });
});

describe("the API's description", () => {
  it("names every operation that answers, and its problems", async () => {
    const answer = await fetch(`${url}/api/openapi.json`);
    const document = z
      .object({
        openapi: z.literal("3.1.0"),
        paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
      })
      .parse(await answer.json());
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort());
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    expect(JSON.stringify(document)).not.toMatch(/\$defs|"\$schema"|"\$id"/);
  });
});
