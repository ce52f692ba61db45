import { describe, expect, it } from "vitest";
import { getJob } from "#app/services/jobs.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, testMember } from "#tests/support/people.ts";

await testDatabase();
const { url } = await testApp();

const fields = {
  title: "Heat Pump Installer",
  description: "Fit pumps.\n\n- A van\n- A licence",
  departments: "Field, Service",
  remote: "on_site",
  employment: "full_time",
  "locations[0].city": "Denver",
  "locations[0].region": "CO",
  "locations[0].country": "us",
  salaryMin: "68,000",
  salaryMax: "79,000.50",
  salaryCurrency: "USD",
  salaryPeriod: "year",
  openings: "4",
  status: "open",
};

describe("the job editor, without script", () => {
  it("writes a job from plain fields, and shows them again", async () => {
    const member = await testMember();
    const visitor = await signedIn(url, member);
    const saved = await visitor.post("/jobs/new", fields);
    expect(saved.status).toBe(302);
    const id = saved.location?.split("/").at(-1) ?? "";
    expect(await getJob(member.actor, id)).toMatchObject({
      status: "open",
      departments: ["Field", "Service"],
      descriptionHtml: "<p>Fit pumps.</p><ul><li>A van</li><li>A licence</li></ul>",
      locations: [{ city: "Denver", region: "CO", country: "US" }],
      salaryMin: 6_800_000,
      salaryMax: 7_900_050,
      openings: 4,
    });
    const page = await visitor.get(`/jobs/${id}`);
    expect(page.body).toContain("Heat Pump Installer is open and on the career site.");
    expect(page.body).toContain('value="79000.5"');
    expect(page.body).toContain("- A licence");
    expect((await visitor.post(`/jobs/${id}`, { intent: "close", reason: "filled" })).status).toBe(302);
    expect(await getJob(member.actor, id)).toMatchObject({ status: "closed", closeReason: "filled" });
  });

  it("adds a row for another place and keeps what was typed", async () => {
    const visitor = await signedIn(url, await testMember());
    const intent = JSON.stringify({ type: "insert", payload: { name: "locations", defaultValue: {} } });
    const { body, status } = await visitor.post("/jobs/new", { ...fields, __intent__: intent });
    expect(status).toBe(200);
    expect(body).toContain('name="locations[1].city"');
    expect(body).toContain('value="Denver"');
  });

  it("refuses in plain words by the field", async () => {
    const visitor = await signedIn(url, await testMember());
    const bad = { ...fields, title: "", description: "", salaryMin: "a lot", "locations[0].country": "USA" };
    const { body, status } = await visitor.post("/jobs/new", bad);
    expect(status).toBe(400);
    for (const words of [
      "Give the job a title of at least three letters.",
      "Say what the work is.",
      "Write a number, such as 68,000.",
      "Use the two letters of the country, such as US or DE.",
    ]) {
      expect(body).toContain(words);
    }
  });
});

describe("the list of jobs", () => {
  it("filters by status and words in the address", async () => {
    const visitor = await signedIn(url, await testMember());
    expect((await visitor.get("/jobs")).body).toContain("No jobs yet");
    await visitor.post("/jobs/new", fields);
    await visitor.post("/jobs/new", { ...fields, title: "Payroll Clerk", status: "draft" });
    expect((await visitor.get("/jobs")).body).toContain("1 open, 1 in draft, 0 closed.");
    const drafts = await visitor.get("/jobs?status=draft");
    expect(drafts.body).toContain("Payroll Clerk");
    expect(drafts.body).not.toContain("Heat Pump Installer</a>");
    expect((await visitor.get("/jobs?q=zzz")).body).toContain("No job matches.");
  });

  it("is read-only for a viewer, and another employer's job is not found", async () => {
    const owner = await testMember();
    const visitor = await signedIn(url, owner);
    const path = (await visitor.post("/jobs/new", fields)).location ?? "";
    const viewer = await signedIn(url, await testMember({ role: "viewer", employerId: owner.employerId }));
    expect((await viewer.get(path)).status).toBe(200);
    expect((await viewer.post(path, fields)).status).toBe(403);
    expect((await viewer.get("/jobs/new")).status).toBe(403);
    const stranger = await signedIn(url, await testMember());
    expect((await stranger.get(path)).status).toBe(404);
    expect((await stranger.post(path, { intent: "close" })).status).toBe(404);
    expect((await stranger.get("/jobs/nonsense")).status).toBe(404);
  });
});
