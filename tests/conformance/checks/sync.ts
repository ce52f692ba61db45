import assert from "node:assert/strict";
import type { Change, Upsert } from "#app/integrations/contract/capabilities.ts";
import type { ApplicationRecord, CandidateRecord, JobRecord } from "#app/integrations/contract/domain.ts";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import type { LocalVendor } from "#app/integrations/local.server.ts";
import type { Check } from "../check.ts";
import { expectKind, pullAll, pullable, type World } from "../world.ts";

const reads: NonNullable<Check["when"]> = (manifest, _adapter, world) =>
  pullable(manifest).length > 0 && world.has("good");
const pushes: NonNullable<Check["when"]> = (_manifest, adapter, world) =>
  adapter.sync?.push !== undefined && world.has("good");

/** Grows the account, where the simulation can, so that lists have more than one page. */
async function grow(world: World): Promise<void> {
  if (world.hasAction("seed")) await world.simulated.runAction("seed", { candidates: "260", jobs: "120" });
}

/** Resources of which the vendor can say what changed. */
const dated = (world: World) =>
  pullable(world.manifest).filter((name) => !world.manifest.resources?.find((one) => one.name === name)?.whole);

async function firstWithPages(world: World, vendor: LocalVendor): Promise<{ resource: ResourceName; cursor: string }> {
  for (const resource of pullable(world.manifest)) {
    const page = await vendor.adapter.sync?.pull(vendor.ctx, { resource, cursor: null, checkpoint: null });
    if (page?.cursor) return { resource, cursor: page.cursor };
  }
  throw new assert.AssertionError({ message: "No list has a second page: the simulation holds too little." });
}

export const pull: Check[] = [
  {
    id: "P-1",
    title: "every page is read once and ids are stable",
    when: reads,
    async run(world) {
      await grow(world);
      const vendor = await world.open();
      for (const resource of pullable(world.manifest)) {
        const first = await pullAll(vendor, resource);
        assert.equal(new Set(first.ids).size, first.ids.length, `${resource} came twice.`);
        assert.ok(first.ids.length > 0, `There are no ${resource}.`);
        const again = await pullAll(vendor, resource);
        assert.deepEqual(again.versions, first.versions, `${resource} changed without a change.`);
      }
    },
  },
  {
    id: "P-2",
    title: "a run that was killed goes on from its cursor",
    when: reads,
    async run(world) {
      await grow(world);
      const vendor = await world.open();
      const { resource } = await firstWithPages(world, vendor);
      const whole = await pullAll(vendor, resource);
      const start = await pullAll(vendor, resource, null, null, 1);
      const resumed = await pullAll(await world.open(), resource, null, start.cursor);
      assert.deepEqual([...start.ids, ...resumed.ids].sort(), [...whole.ids].sort());
    },
  },
  {
    id: "P-3",
    title: "a second run brings only changes, a far checkpoint nothing",
    when: reads,
    async run(world) {
      const vendor = await world.open();
      for (const resource of dated(world)) {
        const all = await pullAll(vendor, resource);
        const recent = await pullAll(vendor, resource, new Date().toISOString());
        assert.ok(
          recent.ids.length <= all.ids.length / 2,
          `${resource}: ${recent.ids.length} of ${all.ids.length} came again.`,
        );
        const none = await pullAll(vendor, resource, "2999-01-01T00:00:00.000Z");
        assert.deepEqual(none.ids, [], `${resource} of the year 2999 came.`);
      }
    },
  },
  {
    id: "P-4",
    title: "a dead cursor is cursor-expired",
    when: (manifest, adapter, world) => reads(manifest, adapter, world) && world.hasFault("dead-cursor"),
    async run(world) {
      await grow(world);
      const vendor = await world.open();
      const { resource, cursor } = await firstWithPages(world, vendor);
      world.fault("dead-cursor");
      await expectKind("A dead cursor", pullAll(vendor, resource, null, cursor), "cursor-expired");
    },
  },
  {
    id: "P-5",
    title: "an empty account works",
    when: (manifest, adapter, world) => reads(manifest, adapter, world) && world.has("empty"),
    async run(world) {
      const vendor = await world.open("empty");
      await vendor.adapter.test(vendor.ctx);
      for (const resource of ["jobs", "candidates", "applications"] as const)
        if (pullable(world.manifest).includes(resource)) assert.deepEqual((await pullAll(vendor, resource)).ids, []);
    },
  },
  {
    id: "P-6",
    title: "unknown extra fields pass, a missing one is contract with its path",
    when: reads,
    async run(world) {
      const vendor = await world.open();
      const [resource] = pullable(world.manifest);
      assert.ok(resource);
      const plain = await pullAll(vendor, resource);
      world.fault("extra-fields", { count: "0" });
      assert.deepEqual((await pullAll(vendor, resource)).ids, plain.ids);
      world.simulated.faults.clear();
      world.fault("missing-field", { count: "0", field: world.simulated.idField });
      const error = await expectKind("An answer without ids", pullAll(vendor, resource), "contract");
      assert.equal(String(error.info.field).split(".").at(-1), world.simulated.idField);
    },
  },
  {
    id: "P-7",
    title: "a record that is gone is null and not a crash",
    when: (manifest, adapter, world) => reads(manifest, adapter, world) && adapter.sync?.fetch !== undefined,
    async run(world) {
      const vendor = await world.open();
      for (const resource of pullable(world.manifest)) {
        assert.equal(
          await vendor.adapter.sync?.fetch?.(vendor.ctx, resource, "999999999"),
          null,
          `${resource} 999999999 exists.`,
        );
        const { ids } = await pullAll(vendor, resource, null, null, 1);
        const known =
          ids[0] === undefined ? undefined : await vendor.adapter.sync?.fetch?.(vendor.ctx, resource, ids[0]);
        assert.equal(known?.externalId, ids[0], `A known record of ${resource} was not found.`);
      }
    },
  },
  {
    id: "P-11",
    title: "a stored position that cannot be read is cursor-expired",
    when: reads,
    async run(world) {
      await grow(world);
      const vendor = await world.open();
      for (const resource of pullable(world.manifest)) {
        if ((await pullAll(vendor, resource, null, null, 1)).cursor === null) continue;
        for (const cursor of ["{", "unreadable", '{"page":1}'])
          await expectKind(
            `The position ${cursor} of ${resource}`,
            pullAll(vendor, resource, null, cursor),
            "cursor-expired",
          );
      }
    },
  },
  {
    id: "P-12",
    title: "applications tell where they came from, where the vendor knows",
    when: (manifest, _adapter, world) => pullable(manifest).includes("applications") && world.has("good"),
    async run(world) {
      const { adapter, ctx } = await world.open();
      const page = await adapter.sync?.pull(ctx, { resource: "applications", cursor: null, checkpoint: null });
      assert.ok(
        page?.upserts.some(({ data }) => "source" in data && data.source),
        "No application has a source.",
      );
    },
  },
];

type Application = ApplicationRecord & { candidate: CandidateRecord };

function newApplication(localId: string, jobExternalId: string, email: string): Change<"applications"> {
  const candidate: CandidateRecord = { firstName: "Ida", lastName: "Okafor", emails: [email], phones: [], links: [] };
  const data: Application = {
    jobExternalId,
    candidateExternalId: "",
    status: "active",
    appliedAt: new Date(),
    source: "Career site",
    candidate,
  };
  return { op: "create", localId, externalId: null, ifVersion: null, data };
}

async function openJob(vendor: LocalVendor): Promise<string> {
  const page = await vendor.adapter.sync?.pull(vendor.ctx, { resource: "jobs", cursor: null, checkpoint: null });
  const open = page?.upserts.find((row) => isOpen(row.data));
  assert.ok(open, "There is no open job.");
  return open.externalId;
}

const isOpen = (data: unknown): data is JobRecord =>
  typeof data === "object" && data !== null && "status" in data && data.status === "open";

export const push: Check[] = [
  {
    id: "P-8",
    title: "a push that is repeated creates once, also after a lost answer",
    when: pushes,
    async run(world) {
      const vendor = await world.open();
      const job = await openJob(vendor);
      const before = (await pullAll(vendor, "applications")).ids;
      const change = newApplication("local-a", job, "ida.okafor@mail.example");
      const first = await vendor.adapter.sync?.push?.(vendor.ctx, "applications", [change]);
      const second = await vendor.adapter.sync?.push?.(vendor.ctx, "applications", [change]);
      assert.ok(first?.[0]?.ok && second?.[0]?.ok, "The push was refused.");
      assert.equal(first[0].externalId, second[0].externalId);
      world.fault("drop-response-after-commit", { match: "^POST (?!.*token)" });
      const lost = newApplication("local-b", job, "second.ida@mail.example");
      const failed = await vendor.adapter.sync
        ?.push?.(vendor.ctx, "applications", [lost])
        .catch((error: unknown) => error);
      assert.ok(failed instanceof Error || (Array.isArray(failed) && !failed[0]?.ok), "A lost answer went unnoticed.");
      world.simulated.faults.clear();
      await vendor.adapter.sync?.push?.(vendor.ctx, "applications", [lost]);
      assert.equal((await pullAll(vendor, "applications")).ids.length, before.length + 2);
    },
  },
  {
    id: "P-9",
    title: "one bad item fails alone",
    when: pushes,
    async run(world) {
      const vendor = await world.open();
      const job = await openJob(vendor);
      const changes = [
        newApplication("a", job, "one@mail.example"),
        newApplication("b", "999999999", "two@mail.example"),
        newApplication("c", job, "three@mail.example"),
      ];
      const results = await vendor.adapter.sync?.push?.(vendor.ctx, "applications", changes);
      assert.deepEqual(
        results?.map((one) => [one.localId, one.ok]),
        [
          ["a", true],
          ["b", false],
          ["c", true],
        ],
      );
    },
  },
  {
    id: "P-10",
    title: "a stage change arrives, and may be repeated",
    when: pushes,
    async run(world) {
      const vendor = await world.open();
      const { sync } = vendor.adapter;
      const applications = await sync?.pull(vendor.ctx, { resource: "applications", cursor: null, checkpoint: null });
      const row = applications?.upserts.find(({ data }) => "status" in data && data.status === "active");
      assert.ok(row && "jobExternalId" in row.data && "appliedAt" in row.data, "There is no active application.");
      const from = row.data;
      const stages = await sync?.pull(vendor.ctx, { resource: "stages", cursor: null, checkpoint: null });
      const target = stages?.upserts.find(
        ({ externalId, data }) =>
          "position" in data &&
          externalId !== from.stageExternalId &&
          (data.jobExternalId === undefined || data.jobExternalId === from.jobExternalId),
      );
      assert.ok(target, "There is no other stage.");
      const candidate: CandidateRecord = { firstName: "", lastName: "", emails: [], phones: [], links: [] };
      const change: Change<"applications"> = {
        ...{ op: "update", localId: "local-m", externalId: row.externalId, ifVersion: row.version },
        data: { ...from, candidate, moveToStageExternalId: target.externalId },
      };
      for (const turn of ["first", "second"]) {
        const [result] = (await sync?.push?.(vendor.ctx, "applications", [change])) ?? [];
        assert.ok(result?.ok, `The ${turn} push was refused: ${result && !result.ok ? result.error.message : ""}`);
        const moved: Upsert | null | undefined = await sync?.fetch?.(vendor.ctx, "applications", row.externalId);
        assert.ok(moved && "stageExternalId" in moved.data);
        assert.equal(moved.data.stageExternalId, target.externalId);
      }
    },
  },
];
