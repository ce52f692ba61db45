import assert from "node:assert/strict";
import type { Messaging, OutMessage } from "#app/integrations/contract/capabilities.ts";
import type { Check } from "../check.ts";
import { expectKind, type World } from "../world.ts";

const chats: NonNullable<Check["when"]> = (_manifest, adapter) => adapter.messaging !== undefined;
const sends: NonNullable<Check["when"]> = (manifest, adapter, world) =>
  chats(manifest, adapter, world) && world.has("good");

const message: OutMessage = {
  title: "New application",
  text: "Ida Okafor applied for Senior Welder.",
  facts: [{ label: "Source", value: "Career site" }],
  link: { label: "Open", url: "https://portal.example/applications/1" },
};

async function open(world: World) {
  const vendor = await world.open();
  const messaging: Messaging | undefined = vendor.adapter.messaging;
  assert.ok(messaging, "There is no messaging module.");
  return { vendor, messaging };
}

/** Every text in a rendered message. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

export const messaging: Check[] = [
  {
    id: "M-1",
    title: "over-long text is cut on a boundary and never through a character",
    when: chats,
    run({ adapter }) {
      assert.ok(adapter.messaging);
      const long = { ...message, text: "👩🏽‍🔧 welds steel ".repeat(Math.ceil(adapter.messaging.maxLength / 8)) };
      for (const text of texts(adapter.messaging.render(long))) {
        assert.ok(text.length <= adapter.messaging.maxLength, `A text has ${text.length} characters.`);
        assert.doesNotMatch(text, /\p{Surrogate}/u, "A character was cut in half.");
      }
    },
  },
  {
    id: "M-2",
    title: "markup in the text is escaped",
    when: chats,
    run({ adapter }) {
      const hostile = {
        ...message,
        text: "<!channel> *bold* <https://evil.example|click> <script>x</script>",
        facts: [{ label: "<b>", value: "<!here>" }],
      };
      const all = texts(adapter.messaging?.render(hostile)).join("\n");
      for (const markup of ["<!channel>", "<!here>", "<https://evil.example|click>", "<script>"])
        assert.ok(!all.includes(markup), `${markup} is sent as it is.`);
    },
  },
  {
    id: "M-3",
    title: "a destination is found by name, a message arrives there",
    when: sends,
    async run(world) {
      const { vendor, messaging } = await open(world);
      const { items } = await messaging.destinations(vendor.ctx, { search: "", cursor: null });
      const [first] = items;
      assert.ok(first, "There is no destination.");
      const found = await messaging.destinations(vendor.ctx, {
        search: first.label.replace(/^#/, "").slice(0, 4),
        cursor: null,
      });
      assert.ok(
        found.items.some((one) => one.id === first.id),
        "A search by name does not find it.",
      );
      const sent = await messaging.send(vendor.ctx, first.id, message);
      assert.ok(sent.id !== "");
      assert.ok(JSON.stringify(world.simulated.state()).includes("Ida Okafor applied"), "The message is not there.");
    },
  },
  {
    id: "M-4",
    title: "an unknown destination is told as such, a failed message is sent once",
    when: sends,
    async run(world) {
      const { vendor, messaging } = await open(world);
      await expectKind(
        "An unknown destination",
        messaging.send(vendor.ctx, "C0NOWHERE99", message),
        "not-found",
        "config",
      );
      const { items } = await messaging.destinations(vendor.ctx, { search: "", cursor: null });
      const before = vendor.calls.length;
      world.fault("502", { count: "0", match: "^POST " });
      await expectKind("A failing send", messaging.send(vendor.ctx, items[0]?.id ?? "", message), "unavailable");
      assert.equal(vendor.calls.length - before, 1, "A message was sent more than once.");
    },
  },
];
