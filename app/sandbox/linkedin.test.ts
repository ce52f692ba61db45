import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "./server.ts";
import { ask, control } from "./testing.ts";
import { signLinkedIn } from "./vendors/linkedin.ts";

let sandbox: Sandbox;
let bearer: string;
const at = (host: string, path: string) => `${sandbox.origin}/linkedin/${host}${path}`;

beforeEach(async () => {
  sandbox = await createSandbox();
  const answer = await ask(at("www.linkedin.com", "/oauth/v2/accessToken"), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: "li-child-acme",
      client_secret: "li+secret/acme=8d2f",
    }),
  });
  bearer = (await answer.json()).access_token;
});
afterEach(() => sandbox.close());

const job = {
  company: "urn:li:organization:990011",
  externalJobPostingId: "REQ-1042",
  jobPostingOperationType: "CREATE",
  title: "Night Shift Warehouse Lead",
  description: `<p>${"Run the inbound dock from ten to six. ".repeat(4)}</p>`,
  listedAt: 1_772_355_600_000,
  location: "Leeds, United Kingdom",
  companyApplyUrl: "https://jobs.northquay.example/REQ-1042",
};
const call = async (path: string, elements?: readonly unknown[]) => {
  const answer = await ask(at("api.linkedin.com", path), {
    method: elements ? "POST" : "GET",
    headers: {
      authorization: `Bearer ${bearer}`,
      "linkedin-version": "202504",
      "content-type": "application/json",
      "x-restli-method": "batch_create",
    },
    ...(elements ? { body: JSON.stringify({ elements }) } : {}),
  });
  return { status: answer.status, body: await answer.json() };
};
const listing = async () =>
  (await call("/v2/jobPostingStatus?ids=REQ-1042")).body.results["REQ-1042"]?.listingStatus ?? "unknown";

describe("the simulated LinkedIn", () => {
  it("takes an order, works on it, lists the job and closes it, each in its own time", async () => {
    const { body } = await call("/rest/simpleJobPostings", [job]);
    expect(body.elements).toMatchObject([{ status: 202, id: expect.stringContaining("urn:li:simpleJobPostingTask:") }]);
    const id = body.elements[0].id;
    const task = async (of: string) => (await call(`/rest/simpleJobPostingTasks?ids=${of}`)).body.results[of].status;
    expect([await task(id), await listing()]).toEqual(["IN_PROGRESS", "unknown"]);
    await control(sandbox, "linkedin/actions/approve-task");
    expect([await task(id), await listing()]).toEqual(["SUCCEEDED", "IN_PROGRESS"]);
    await control(sandbox, "linkedin/actions/list");
    expect(await listing()).toBe("LISTED");
    await call("/rest/simpleJobPostings", [{ ...job, jobPostingOperationType: "CLOSE" }]);
    expect(await listing()).toBe("LISTED");
    await control(sandbox, "linkedin/actions/work");
    expect(await listing()).toBe("NOT_LISTED");
  });

  it("refuses one element of a batch, and a second order for a job that is worked on", async () => {
    const { body } = await call("/rest/simpleJobPostings", [{ ...job, title: undefined }, job, job]);
    expect(body.elements.map((one: { status: number }) => one.status)).toEqual([422, 202, 422]);
    expect(body.elements[0].error.message).toContain("/title");
  });

  it("fails a task with the reason, and a creation of what is listed", async () => {
    await control(sandbox, "linkedin/faults", { kind: "reject-next-posting", reason: "No pay given" });
    const first = (await call("/rest/simpleJobPostings", [job])).body.elements[0].id;
    await control(sandbox, "linkedin/actions/work");
    const told = await call(`/rest/simpleJobPostingTasks?ids=${first}`);
    expect(told.body.results[first]).toMatchObject({ status: "FAILED", errorMessage: "No pay given" });
    await call("/rest/simpleJobPostings", [job]);
    await control(sandbox, "linkedin/actions/work");
    const again = (await call("/rest/simpleJobPostings", [job])).body.elements[0].id;
    await control(sandbox, "linkedin/actions/work");
    expect((await call(`/rest/simpleJobPostingTasks?ids=${again}`)).body.results[again].status).toBe("FAILED");
  });

  it("signs applications over the escaped form, by a vector computed elsewhere", () => {
    const body = '{"jobApplicationId":"urn:li:jobApplication:77","name":"Zoë"}';
    expect(signLinkedIn(body, "demo-client-secret")).toBe(
      "e62e2ffa44a983483d5c7cf75113250e0047a85dd2dbba989d282b0db0c93817",
    );
  });
});
