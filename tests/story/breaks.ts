import { randomBytes } from "node:crypto";
import { z } from "zod";
import { TRANSPORT_FAULTS } from "#app/sandbox/faults.ts";
import { anything, control, type Story } from "./steps.ts";
import { Untruth } from "./untruth.ts";

/** `--break slack=html`: one vendor, and how it is broken while its chapter runs. */
export interface Break {
  vendor: string;
  how: string;
}

/** Every vendor stands behind the same address: one that is stopped hangs up on whoever calls. */
const SAME_AS: Readonly<Record<string, string>> = { stop: "reset" };
/** The employer's own system, which takes our webhooks, is no vendor and has breaks of its own. */
const RECEIVER = "webhooks";
const RECEIVER_BREAKS: Readonly<Record<string, { path: "fail" | "secret"; input: () => Record<string, string> }>> = {
  html: { path: "fail", input: () => ({ count: "1000000", status: "503" }) },
  stop: { path: "fail", input: () => ({ count: "1000000", hang: "true" }) },
  revoke: { path: "secret", input: () => ({ secret: `whsec_${randomBytes(24).toString("base64")}` }) },
};
/** What a broken vendor will not bring is not waited for as long as what a slow machine may bring late. */
export const PATIENCE_SECONDS = 8;

/** The breaks of the command line. Throws one sentence for a vendor without a chapter. */
export function readBreaks(given: readonly string[], vendors: readonly string[]): Break[] {
  return given.map((one) => {
    const [vendor = "", how = "html"] = one.split("=");
    if (!vendors.includes(vendor)) throw new Untruth(`The story breaks ${vendors.join(", ")}; it has no ${vendor}.`);
    return { vendor, how };
  });
}

/** Throws one sentence when a vendor cannot be broken in this way. */
export async function checkBreak(story: Story, { vendor, how }: Break): Promise<void> {
  const ways = vendor === RECEIVER ? Object.keys(RECEIVER_BREAKS) : await faultsOf(story, vendor);
  if (!ways.includes(how)) throw new Untruth(`${vendor} cannot be broken by ${how}, only by ${ways.join(", ")}.`);
}

async function faultsOf(story: Story, vendor: string): Promise<string[]> {
  const { state } = await control(
    story,
    `_control/${vendor}/faults`,
    z.object({ state: z.record(z.string(), z.string()) }),
  );
  return [...Object.keys(SAME_AS), ...Object.keys(state), ...Object.keys(TRANSPORT_FAULTS)];
}

export async function breakVendor(story: Story, { vendor, how }: Break): Promise<void> {
  const receiver = RECEIVER_BREAKS[how];
  if (vendor === RECEIVER && receiver)
    await control(story, `_receiver/${story.notes.get("receiver")}/${receiver.path}`, anything, receiver.input());
  else await control(story, `_control/${vendor}/faults`, anything, { kind: SAME_AS[how] ?? how, count: 0 });
}

/** Takes away what waits to break the next requests. A key or grant that was revoked stays so: nothing later needs it. */
export async function mendVendor(story: Story, { vendor }: Break): Promise<void> {
  if (vendor !== RECEIVER) return void (await control(story, `_control/${vendor}/faults`, anything, { kind: "clear" }));
  const at = `_receiver/${story.notes.get("receiver")}`;
  await control(story, `${at}/fail`, anything, { count: "0" });
  await control(story, `${at}/secret`, anything, { secret: story.notes.get("receiver-secret") ?? "" });
}
