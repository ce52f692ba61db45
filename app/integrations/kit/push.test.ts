import { expect, it } from "vitest";
import type { Change } from "../contract/capabilities.ts";
import { type ErrorKind, IntegrationError } from "../contract/errors.ts";
import { oneByOne, pushApplications } from "./push.server.ts";

const candidate = { firstName: "Ida", lastName: "Okafor", emails: [], phones: [], links: [] };
const person: Change<"candidates"> = {
  ...{ op: "create", localId: "person", externalId: null, ifVersion: null },
  data: candidate,
};
const application = (localId: string): Change<"applications"> => ({
  ...{ op: "create", localId, externalId: null, ifVersion: null },
  data: { jobExternalId: "7", candidateExternalId: "", status: "active", appliedAt: new Date(0), candidate },
});
const made = { externalId: "1", version: "1" };

/** Answers every item but those that are named, which end in their kind. */
const answers = (kinds: Readonly<Record<string, ErrorKind>>) => async (item: { localId: string }) => {
  const kind = kinds[item.localId];
  if (kind) throw new IntegrationError(kind, "No.");
  return made;
};

it("lets a refused item fail alone, in its place", async () => {
  const results = await pushApplications(["a", "b", "c"].map(application), answers({ b: "forbidden" }));
  expect(results).toMatchObject([
    { localId: "a", ok: true },
    { localId: "b", ok: false, error: { kind: "forbidden" } },
    { localId: "c", ok: true },
  ]);
});

it("takes a change for an application only when it names a job", async () => {
  const sent: string[] = [];
  const results = await pushApplications([person, application("a")], async ({ localId, data }) => {
    sent.push(`${localId} ${data.jobExternalId}`);
    return made;
  });
  expect(sent).toEqual(["a 7"]);
  expect(results).toMatchObject([{ localId: "person", error: { kind: "unsupported" } }, { ok: true }]);
});

it("keeps what was sent before the line broke, and throws where nothing was", async () => {
  const send = (kinds: Readonly<Record<string, ErrorKind>>) =>
    pushApplications(["a", "b", "c"].map(application), answers(kinds));
  expect(await send({ b: "unavailable" })).toMatchObject([{ localId: "a", ok: true }]);
  await expect(send({ a: "unavailable" })).rejects.toMatchObject({ kind: "unavailable" });
});

it("throws what is no answer of a vendor", async () => {
  const call = oneByOne(
    [{ localId: "a" }],
    () => true,
    () => Promise.reject(new TypeError("ours")),
  );
  await expect(call).rejects.toThrow("ours");
});
