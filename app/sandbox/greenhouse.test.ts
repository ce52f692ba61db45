import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "./server.ts";
import { ask, control } from "./testing.ts";
import { printBody, sign } from "./vendors/greenhouse/webhooks.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const at = (host: string, path: string) => `${sandbox.origin}/greenhouse/${host}.greenhouse.io${path}`;
const credentials = async () => (await ask(`${sandbox.origin}/_control/greenhouse/credentials`)).json();

const tokenFor = async (name: string, sub?: string) => {
  const { config } = (await credentials())[name];
  return ask(at("auth", "/token"), {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${config.clientId}:${config.clientSecret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", sub: sub ?? config.actingUserId }),
  });
};
const bearer = async (name = "good") => ({
  authorization: `Bearer ${(await (await tokenFor(name)).json()).access_token}`,
});

const collect = async (first: string, headers: Record<string, string>) => {
  const rows: { id: number; [field: string]: unknown }[] = [];
  let pages = 0;
  for (let url: string | undefined = first; url; pages++) {
    const answer = await ask(url, { headers });
    expect(answer.status).toBe(200);
    rows.push(...(await answer.json()));
    url = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
  }
  return { rows, pages };
};

describe("v3", () => {
  it("gives every candidate once over the cursor pages", async () => {
    const { rows, pages } = await collect(at("harvest", "/v3/candidates?per_page=150"), await bearer());
    expect([rows.length, new Set(rows.map((row) => row.id)).size, pages]).toEqual([400, 400, 3]);
    expect(rows[0]?.id).toBeGreaterThan(2 ** 31);
  });

  it("refuses a cursor beside other parameters, a bad page size and an unknown filter", async () => {
    const headers = await bearer();
    const statuses = await Promise.all(
      ["cursor=abc&per_page=2", "per_page=501", "updated_at=2026-01-01", "colour=red"].map(
        async (query) => (await ask(at("harvest", `/v3/jobs?${query}`), { headers })).status,
      ),
    );
    expect(statuses).toEqual([422, 422, 422, 422]);
  });

  it("filters by time with an operator in the value, and year 2999 holds nothing", async () => {
    const headers = await bearer();
    const changed = await control(sandbox, "greenhouse/actions/add-job", { account: "acme", title: "Cooper" });
    const since = encodeURIComponent(`gte|${new Date(Date.now() - 60_000).toISOString()}`);
    const fresh = await collect(at("harvest", `/v3/jobs?updated_at=${since}`), headers);
    expect(fresh.rows.map((row) => row.id)).toEqual([changed.jobId]);
    const never = await collect(at("harvest", "/v3/jobs?updated_at=gte%7C2999-01-01T00:00:00Z"), headers);
    expect(never.rows).toEqual([]);
  });

  it("speaks of active in the query and in_process in the body", async () => {
    const { rows } = await collect(at("harvest", "/v3/applications?status=active&per_page=500"), await bearer());
    expect(new Set(rows.map((row) => row.status))).toEqual(new Set(["in_process"]));
  });

  it("keeps tenants, scopes and dead credentials apart", async () => {
    const acme = await collect(at("harvest", "/v3/jobs?per_page=500"), await bearer("good"));
    const birch = await collect(at("harvest", "/v3/jobs?per_page=500"), await bearer("other"));
    expect(birch.rows.some((row) => acme.rows.some((own) => own.id === row.id))).toBe(false);
    expect((await ask(at("harvest", "/v3/candidates"), { headers: await bearer("missingScope") })).status).toBe(403);
    expect((await tokenFor("revoked")).status).toBe(401);
    expect((await collect(at("harvest", "/v3/jobs"), await bearer("empty"))).rows).toEqual([]);
  });

  it("refuses a caller who is not a site admin, and a token that has expired", async () => {
    const headers = await bearer();
    const users = await collect(at("harvest", "/v3/users"), headers);
    const lesser = await (
      await tokenFor("good", String(users.rows.find((row) => row.site_admin === false)?.id))
    ).json();
    expect(
      (await ask(at("harvest", "/v3/jobs"), { headers: { authorization: `Bearer ${lesser.access_token}` } })).status,
    ).toBe(403);
    await control(sandbox, "greenhouse/faults", { kind: "expire" });
    expect((await ask(at("harvest", "/v3/jobs"), { headers })).status).toBe(401);
  });

  it("moves a stage only from the stage that the application is in", async () => {
    const headers = { ...(await bearer()), "content-type": "application/json" };
    const { rows } = await collect(at("harvest", "/v3/applications?status=active"), headers);
    const application = rows[0];
    const stages = await collect(at("harvest", `/v3/job_interview_stages?job_ids=${application?.job_id}`), headers);
    const [first, second] = stages.rows.filter(
      (stage) => Number(stage.id) >= Number(application?.job_interview_stage_id),
    );
    const move = {
      method: "POST",
      headers,
      body: JSON.stringify({ from_stage_id: first?.id, to_stage_id: second?.id }),
    };
    const url = at("harvest", `/v3/applications/${application?.id}/move`);
    expect([(await ask(url, move)).status, (await ask(url, move)).status]).toEqual([204, 422]);
  });

  it("drops the answer after the write has happened", async () => {
    const headers = { ...(await bearer()), "content-type": "application/json" };
    const { rows } = await collect(at("harvest", "/v3/jobs?status=open&per_page=1"), headers);
    await control(sandbox, "greenhouse/faults", { kind: "drop-response-after-commit" });
    const body = JSON.stringify({
      first_name: "Nia",
      last_name: "Once",
      email_addresses: [{ value: "once@mail.example", type: "personal" }],
      application: { job_id: rows[0]?.id },
    });
    await expect(ask(at("harvest", "/v3/candidates"), { method: "POST", headers, body })).rejects.toThrow();
    const found = await collect(at("harvest", "/v3/candidates?email=once%40mail.example"), headers);
    expect(found.rows).toHaveLength(1);
  });

  it("answers 429 with the documented headers when the window is used up", async () => {
    const headers = await bearer();
    await control(sandbox, "greenhouse/actions/settings", { v3Limit: "1" });
    const first = await ask(at("harvest", "/v3/jobs"), { headers });
    const second = await ask(at("harvest", "/v3/jobs"), { headers });
    expect([first.headers.get("x-ratelimit-remaining"), second.status]).toEqual(["0", 429]);
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("serves files without, and not with, an Authorization header", async () => {
    const { rows } = await collect(at("harvest", "/v3/attachments?per_page=1"), await bearer());
    const url = String(rows[0]?.url);
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url, { headers: await bearer() })).status).toBe(400);
  });
});

describe("v1", () => {
  const headers = { authorization: `Basic ${Buffer.from("gh_key_acme_8d20c7:").toString("base64")}` };

  it("pages by number with next, prev and last, each row once, and nests names", async () => {
    const { rows } = await collect(at("harvest", "/v1/jobs?per_page=10"), headers);
    expect(new Set(rows.map((row) => row.id)).size).toBe(31);
    expect(rows[0]).toMatchObject({ departments: [{ name: "Operations" }], openings: [{ opening_id: "1" }] });
    const page = await ask(at("harvest", "/v1/jobs?per_page=10&page=2"), { headers });
    for (const rel of ["next", "prev", "last"]) expect(page.headers.get("link")).toContain(`rel="${rel}"`);
  });

  it("wants On-Behalf-Of for a write and is gone once ended", async () => {
    const write = await ask(at("harvest", "/v1/candidates"), { method: "POST", headers, body: "{}" });
    expect(write.status).toBe(422);
    await control(sandbox, "greenhouse/faults", { kind: "v1-ended" });
    expect((await ask(at("harvest", "/v1/jobs"), { headers })).status).toBe(410);
  });
});

describe("webhooks", () => {
  let portal: Server;
  let got: { headers: IncomingHttpHeaders; body: string }[];
  let url: string;
  beforeEach(async () => {
    got = [];
    portal = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        got.push({ headers: request.headers, body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => portal.listen(0, "127.0.0.1", resolve));
    const address = portal.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/webhooks/greenhouse/x`;
    await control(sandbox, "greenhouse/actions/register-webhook", {
      account: "acme",
      url,
      secret: "portal-webhook-secret",
    });
    await control(sandbox, "greenhouse/settle");
  });
  afterEach(() => new Promise<void>((resolve) => portal.close(() => resolve())));

  it("signs as the vendor documents, byte for byte", () => {
    const ping = '{"action":"ping","payload":{"web_hook_id":7}}';
    expect(sign(ping, "portal-webhook-secret")).toBe(
      "sha256 036eb6ebb8fd2e875497ab8a796f22a83addb794c01f40cc8866726647506ab8",
    );
    const job = {
      action: "job_updated",
      payload: { job: { id: 88, name: "Café Lead", status: "open", notes: "<p>Hi</p>" } },
    };
    expect(sign(printBody(job), "portal-webhook-secret")).toBe(
      "sha256 f3cec96d12e35563d790b3c86409f7251eb388f25f79b5d86354f0be76855a2c",
    );
  });

  it("pings on registration and reports a move with the application", async () => {
    const { applicationId } = await control(sandbox, "greenhouse/actions/apply", { account: "acme" });
    await control(sandbox, "greenhouse/actions/move", { account: "acme", applicationId });
    await control(sandbox, "greenhouse/settle");
    const actions = got.map((message) => JSON.parse(message.body).action);
    expect(actions).toEqual(["ping", "new_candidate_application", "candidate_stage_change"]);
    for (const message of got) expect(message.headers.signature).toBe(sign(message.body, "portal-webhook-secret"));
  });

  it("repeats with the same event id, and spoils a signature on request", async () => {
    await control(sandbox, "greenhouse/webhooks", { event: "job_updated" });
    await control(sandbox, "greenhouse/webhooks", { repeat: true });
    await control(sandbox, "greenhouse/webhooks", { event: "job_updated", tamper: "signature" });
    const [, first, again, spoilt] = got;
    expect(again?.headers["greenhouse-event-id"]).toBe(first?.headers["greenhouse-event-id"]);
    expect(spoilt?.headers.signature).not.toBe(sign(spoilt?.body ?? "", "portal-webhook-secret"));
  });

  it("does not send to a machine other than this one", async () => {
    await control(sandbox, "greenhouse/actions/register-webhook", {
      account: "acme",
      url: "http://192.0.2.1/hook",
      secret: "s",
    });
    const { deliveries } = await control(sandbox, "greenhouse/webhooks", { event: "ping" });
    expect(deliveries.at(-1).error).toContain("this machine only");
  });
});
