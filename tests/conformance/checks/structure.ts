import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { catalog } from "#app/integrations/catalog.ts";
import { postingModule, postingProfile } from "#app/integrations/choice.ts";
import { schemaFor } from "#app/integrations/config-schema.server.ts";
import type { AuthStrategy, Manifest, Scope } from "#app/integrations/contract/manifest.ts";
import type { Check } from "../check.ts";

/** Settings under which each way of posting holds. */
export function postingSettings({ posting }: Manifest): Record<string, string>[] {
  if (!posting) return [];
  return "kind" in posting ? Object.keys(posting.options).map((value) => ({ [posting.field]: value })) : [{}];
}

const root = new URL("../../../", import.meta.url);
const fileAt = (path: string) => new URL(path, root);
const read = (path: string) => readFileSync(fileAt(path), "utf8");

function strategies(manifest: Manifest): AuthStrategy[] {
  return manifest.auth.kind === "choice" ? Object.values(manifest.auth.options) : [manifest.auth];
}

function scopes(manifest: Manifest): Scope[] {
  return strategies(manifest).flatMap((one) => ("scopes" in one ? [...one.scopes] : []));
}

const inside = (hosts: readonly string[], host: string) =>
  hosts.some((pattern) => (pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : pattern === host));

/** Ids in the order in which a list file names them. */
const listed = (path: string, pattern: RegExp) => [...read(path).matchAll(pattern)].map((match) => match[1] ?? "");

const headings = ["Setup", "Scopes and why", "Limits", "Known gaps", "Troubleshooting", "Removal"];

export const structure: Check[] = [
  {
    id: "S-1",
    title: "id, folder, logo, simulation and the sorted lists agree",
    run({ manifest: { id } }) {
      for (const path of [
        `app/integrations/vendors/${id}/adapter.server.ts`,
        `public/logos/${id}.svg`,
        `app/sandbox/vendors/${id}.ts`,
      ])
        assert.ok(existsSync(fileAt(path)), `${path} is missing.`);
      const ids = catalog.map((manifest) => manifest.id);
      assert.deepEqual(ids, [...ids].sort(), "The catalogue is not in alphabetical order.");
      const loaders = listed("app/integrations/adapters.server.ts", /import\("\.\/vendors\/([^/]+)\//g);
      assert.deepEqual(loaders, ids, "The adapters are not listed in the catalogue's order.");
      const folders = readdirSync(fileAt("app/integrations/vendors"));
      assert.deepEqual([...folders].sort(), ids, "Folders and catalogue differ.");
    },
  },
  {
    id: "S-2",
    title: "the manifest is plain data and safe in a browser",
    run({ manifest }) {
      assert.deepEqual(JSON.parse(JSON.stringify(manifest)), manifest);
      const imports = listed(`app/integrations/vendors/${manifest.id}/manifest.ts`, /from "([^"]+)"/g);
      for (const from of imports)
        assert.match(from, /^\.\.\/\.\.\/(contract|kit\/families)\/[\w-]+\.ts$/, `manifest.ts imports ${from}.`);
    },
  },
  {
    id: "S-3",
    title: "the README has its six headings and nothing unfinished",
    run({ manifest }) {
      const text = read(`app/integrations/vendors/${manifest.id}/README.md`);
      const found = [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
      assert.deepEqual(
        found.filter((heading) => headings.includes(heading ?? "")),
        headings,
      );
      assert.doesNotMatch(text, /TO[D]O|FIX[M]E|lorem ipsum/i);
    },
  },
  {
    id: "S-4",
    title: "every address is https and every called host is listed",
    run({ manifest }) {
      const urls = [...JSON.stringify(manifest).matchAll(/"(\w+:\/\/[^"]+)"/g)].map((match) => match[1] ?? "");
      for (const url of urls) assert.ok(url.startsWith("https://"), `${url} is not https.`);
      for (const one of strategies(manifest)) {
        const called = [
          "tokenUrl" in one ? one.tokenUrl : null,
          "revokeUrl" in one ? one.revokeUrl : null,
          "server" in one ? one.server : null,
        ];
        for (const url of called)
          if (url) assert.ok(inside(manifest.hosts, new URL(url).host), `${url} is outside of the listed hosts.`);
      }
      for (const { hostMap } of manifest.environments)
        for (const host of Object.keys(hostMap ?? {}))
          assert.ok(inside(manifest.hosts, host), `${host} is mapped but not listed.`);
      for (const host of manifest.hosts) {
        const field = /^\{(.+)\}$/.exec(host)?.[1];
        if (field)
          assert.ok(
            manifest.fields.some((one) => one.key === field),
            `No field ${field} for host ${host}.`,
          );
        else assert.match(host, /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/, `${host} is not a host name.`);
      }
    },
  },
  {
    id: "S-5",
    title: "fields are named once and secrets are marked as such",
    run({ manifest }) {
      const keys = [...manifest.fields.map((one) => one.key), ...manifest.setup.map((one) => one.key)];
      assert.equal(new Set(keys).size, keys.length, "A key is used twice.");
      const secret = new Set(manifest.fields.filter((one) => one.kind === "secret").map((one) => one.key));
      const must: string[] = [];
      for (const one of strategies(manifest)) {
        if (one.kind === "api-key") must.push(one.field);
        if (one.kind === "basic" || one.kind === "caldav") must.push(one.passwordField);
        if (one.kind === "signed") must.push(one.secretField);
        if (one.kind === "oauth2-client") must.push(one.clientSecretField);
      }
      for (const key of must) assert.ok(secret.has(key), `${key} carries a credential and is not of kind secret.`);
      for (const field of manifest.fields) {
        assert.ok(!field.generated || field.kind === "secret", `${field.key} is generated and not secret.`);
        assert.ok(!(field.kind === "secret" && field.initial), `${field.key} is a secret with a default.`);
        assert.ok(field.kind !== "select" || (field.options?.length ?? 0) > 0, `${field.key} offers nothing.`);
        assert.ok(
          !field.when || manifest.fields.some((other) => other.key === field.when?.field),
          `${field.key} waits for an unknown field.`,
        );
        assert.ok(
          field.label !== "" && (field.help !== "" || field.kind === "boolean"),
          `${field.key} lacks its words.`,
        );
      }
    },
  },
  {
    id: "S-6",
    title: "an empty form says what is missing, a filled one is taken",
    run(world) {
      const { manifest } = world;
      const empty = schemaFor(manifest).safeParse({});
      const shown = manifest.fields.filter((one) => {
        const initial = one.when && manifest.fields.find((other) => other.key === one.when?.field)?.initial;
        return !one.when || initial === one.when.is;
      });
      const must = shown.filter((one) => !one.optional && !one.generated && !one.initial && one.kind !== "boolean");
      const told = empty.success ? [] : empty.error.issues.map((issue) => issue.path.join("."));
      assert.deepEqual(told.sort(), must.map((one) => one.key).sort());
      if (!world.has("good")) return;
      const form = new FormData();
      for (const [key, value] of Object.entries(world.values("good"))) form.set(key, value);
      const filled = schemaFor(manifest).safeParse(Object.fromEntries(form));
      assert.ok(filled.success, filled.success ? "" : filled.error.issues[0]?.message);
    },
  },
  {
    id: "S-7",
    title: "declared capabilities and modules agree",
    run({ manifest, adapter }) {
      for (const name of ["sync", "jobPosting", "calendar", "messaging", "webhook", "feedback"] as const)
        assert.equal(
          adapter[name] !== undefined,
          manifest.capabilities.includes(name),
          `${name} is declared or built, not both.`,
        );
      assert.equal(
        (manifest.resources?.length ?? 0) > 0,
        manifest.capabilities.includes("sync"),
        "resources and sync differ.",
      );
      assert.equal(
        manifest.posting !== undefined,
        manifest.capabilities.includes("jobPosting"),
        "posting and jobPosting differ.",
      );
      for (const settings of postingSettings(manifest)) {
        const profile = postingProfile(manifest, settings);
        const module = postingModule(adapter, settings);
        assert.ok(profile && module?.way === profile.way, "A profile and the module behind it differ in their way.");
        const finds = module.way === "api" && module.find !== undefined;
        assert.equal(
          finds,
          profile.way === "api" && profile.lookup !== "upsert",
          "find is built or ruled out, not both.",
        );
      }
      assert.equal(manifest.posting !== undefined && "kind" in manifest.posting, adapter.jobPosting?.way === "choice");
      const pushes = manifest.resources?.some((one) => one.direction !== "pull") ?? false;
      assert.equal(adapter.sync?.push !== undefined, pushes, "push is declared or built, not both.");
    },
  },
  {
    id: "S-8",
    title: "scopes give a reason, and the common troubles have a fix",
    run({ manifest }) {
      for (const scope of scopes(manifest)) assert.ok(scope.why.length > 5, `${scope.name} gives no reason.`);
      if (strategies(manifest).every((one) => one.kind === "none")) return;
      const kinds = new Set(manifest.docs.troubleshooting.map((one) => one.kind));
      for (const kind of ["auth-revoked", "forbidden", "rate-limited"])
        assert.ok(kinds.has(kind), `No troubleshooting for ${kind}.`);
    },
  },
];
