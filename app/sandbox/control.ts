import { z } from "zod";
import { listPage, vendorPage } from "./control-pages.ts";
import { TAMPERS } from "./deliveries.ts";
import { faultSchema } from "./faults.ts";
import { htmlReply, json, Refusal, type Reply } from "./framework.ts";
import { page } from "./markup.ts";
import type { MountedVendor } from "./mount.ts";
import { inputOf, isForm, type OwnCall } from "./special.ts";

const tamperSchema = z.enum(TAMPERS).nullable();

const read = (vendor: MountedVendor, what: string, query: URLSearchParams): Reply => {
  switch (what) {
    case "state":
      return json(200, vendor.state());
    case "credentials":
      return json(200, vendor.credentials());
    case "meter": {
      const match = query.get("match");
      return json(
        200,
        vendor.meter.read(Number(query.get("seconds") ?? 1), match === null ? undefined : new RegExp(match)),
      );
    }
    case "log":
      return json(200, { requests: vendor.meter.log() });
    case "faults":
      return json(200, { waiting: vendor.faults.list(), state: vendor.stateFaults });
    case "deliveries":
      return json(200, { deliveries: vendor.deliveries.list() });
    case "clock":
      return json(200, { skewSeconds: vendor.skewSeconds() });
    default:
      return json(404, { error: "not_found" });
  }
};

const addFault = (vendor: MountedVendor, input: Record<string, string>) => {
  const fault = faultSchema.safeParse(input);
  if (!fault.success) throw new Refusal(z.prettifyError(fault.error));
  if (fault.data.kind === "clear") vendor.faults.clear();
  else vendor.addFault(fault.data, input);
  return { waiting: vendor.faults.list() };
};

const sendWebhook = async (vendor: MountedVendor, input: Record<string, string>) => {
  const tamper = tamperSchema.safeParse(input.tamper || null);
  if (!tamper.success) throw new Refusal(`A webhook can be spoilt by: ${TAMPERS.join(", ")}`);
  const repeat = input.repeat === "true" || input.repeat === "1";
  return { deliveries: await vendor.sendWebhook(input.event ?? "", input, tamper.data, repeat) };
};

/** Whether the command exists; its result, which is what the JSON caller sees. */
const command = async (
  vendor: MountedVendor,
  what: string,
  rest: string | undefined,
  input: Record<string, string>,
): Promise<unknown> => {
  switch (what) {
    case "actions":
      return vendor.runAction(rest ?? "", input);
    case "faults":
      return addFault(vendor, input);
    case "reset":
      vendor.reset();
      return { done: true };
    case "clock": {
      const seconds = Number(input.skewSeconds ?? 0);
      if (!Number.isFinite(seconds)) throw new Refusal("skewSeconds must be a number");
      vendor.setSkew(seconds);
      return { skewSeconds: seconds };
    }
    case "webhooks":
      return sendWebhook(vendor, input);
    case "settle":
      await vendor.settle();
      return { done: true };
    default:
      return undefined;
  }
};

/**
 * The control plane: what a vendor holds, what reached it, and how to break it. Pages for people under `/_control`, the
 * same as JSON below `/_control/<id>/`.
 */
export const handleControl = async (vendors: readonly MountedVendor[], call: OwnCall): Promise<Reply> => {
  const [id, what, rest] = call.parts;
  if (id === undefined) {
    if (call.query.get("as") === "json")
      return json(200, { vendors: vendors.map(({ id, name, hosts }) => ({ id, name, hosts })) });
    return htmlReply(200, listPage(vendors));
  }
  const vendor = vendors.find((candidate) => candidate.id === id);
  if (!vendor) return json(404, { error: `There is no simulated vendor ${id}` });
  if (what === undefined) return htmlReply(200, vendorPage(vendor, call.query.get("said") ?? ""));
  if (call.method === "GET") return read(vendor, what, call.query);
  if (call.method === "DELETE" && what === "faults") {
    vendor.faults.clear();
    return { status: 204 };
  }
  if (call.method !== "POST") return json(405, { error: "method_not_allowed" });
  const form = isForm(call);
  try {
    const result = await command(vendor, what, rest, inputOf(call));
    if (result === undefined) return json(404, { error: "not_found" });
    const said = `${rest ?? what}: ${JSON.stringify(result).slice(0, 300)}`;
    return form
      ? { status: 303, headers: { location: `/_control/${id}?said=${encodeURIComponent(said)}` } }
      : json(200, result);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof SyntaxError)) throw error;
    return form ? htmlReply(422, vendorPage(vendor, error.message)) : json(422, { error: error.message });
  }
};

export const notFoundPage = (): Reply =>
  htmlReply(
    404,
    page("Not found", { html: '<h1>Not found</h1><p>See the <a href="/_control">simulated vendors</a>.</p>' }),
  );
