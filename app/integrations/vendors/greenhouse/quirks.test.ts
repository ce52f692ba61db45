import { afterEach, beforeEach, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "#app/sandbox/create.ts";
import { stateSchema } from "#app/sandbox/vendors/greenhouse/state.ts";
import type { Change } from "../../contract/capabilities.ts";
import { openLocally } from "../../local.server.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const simulated = () => sandbox.vendor("greenhouse");
const held = () => stateSchema.parse(simulated().state());
const open = (more: Record<string, string> = {}) =>
  openLocally({
    vendorId: "greenhouse",
    values: { ...simulated().credentials().good?.config, ...more },
    rewrite: { kind: "sandbox", origin: sandbox.origin },
  });

it("leaves sources unknown where the credential may not read them", async () => {
  const state = held();
  const [own] = state.credentials;
  if (own) own.scopes = ["users", "jobs", "candidates", "applications"].map((name) => `harvest:${name}:list`);
  simulated().restore(state);
  const { adapter, ctx, close } = await open();
  const page = await adapter.sync?.pull(ctx, { resource: "applications", cursor: null, checkpoint: null });
  expect(page?.upserts.length).toBeGreaterThan(10);
  expect(page?.upserts.some(({ data }) => "source" in data)).toBe(false);
  await close();
});

it("finds a person's application in version 1 however many the job has", async () => {
  const state = held();
  const [account] = state.accounts;
  const [job] = account?.jobs ?? [];
  const last = account?.candidates.at(-1);
  if (!account || !job || !last) throw new Error("The account is empty.");
  for (const application of account.applications) application.job_id = job.id;
  simulated().restore(state);
  const theirs = account.applications.filter((one) => one.candidate_id === last.id).map((one) => String(one.id));
  const change: Change<"applications"> = {
    ...{ op: "create", localId: "a", externalId: null, ifVersion: null },
    data: {
      ...{ jobExternalId: String(job.id), candidateExternalId: "", status: "active", appliedAt: new Date() },
      candidate: {
        ...{ firstName: last.first_name, lastName: last.last_name, phones: [], links: [] },
        emails: last.email_addresses.map((one) => one.value),
      },
    },
  };
  const { adapter, ctx, close } = await open({ apiVersion: "v1" });
  const [result] = (await adapter.sync?.push?.(ctx, "applications", [change])) ?? [];
  expect(theirs).toContain(result?.ok && result.externalId);
  expect(held().accounts[0]?.applications).toHaveLength(account.applications.length);
  await close();
});
