import type { Actor } from "./actor.ts";
import { sendTestEvent } from "./delivery-log.server.ts";
import { endpointFigures } from "./endpoint-figures.server.ts";
import { endpointValues, eventChoices } from "./endpoint-form.server.ts";
import { deleteEndpoint, endpointProofs, getEndpoint, switchEndpoint } from "./endpoints.server.ts";
import { AppError } from "./errors.ts";
import { isEventType } from "./event-catalog.ts";
import { cancelRecovery, startRecovery } from "./recoveries.server.ts";
import { recoveryForm } from "./recovery-form.server.ts";

/** What the pages of one endpoint share. Kind not-found. */
export async function endpointPage(actor: Actor, id: string) {
  const endpoint = await getEndpoint(actor, id);
  const figures = (await endpointFigures(actor, [endpoint.id])).get(endpoint.id);
  return {
    endpoint,
    figures: figures ?? null,
    waiting: figures?.waiting ?? 0,
    types: eventChoices(),
    canManage: actor.permissions.has("webhooks:manage"),
  };
}

/** The settings of one endpoint for its form. Kind not-found. */
export async function endpointSettingsPage(actor: Actor, id: string) {
  const endpoint = await getEndpoint(actor, id);
  const proofs = await endpointProofs(actor, [id]);
  return { endpoint, types: eventChoices(), values: endpointValues(endpoint, proofs.get(id)) };
}

const droppedWords = { headers: "its headers", auth: "its sign-in", certificate: "its client certificate" };

/** What a saved change means, with what did not follow to another origin. */
export const changedWords = (dropped: readonly (keyof typeof droppedWords)[]): string =>
  dropped.length === 0
    ? "The endpoint is changed."
    : `The endpoint has another origin now. Dropped: ${dropped.map((kind) => droppedWords[kind]).join(", ")}. Enter them again if it needs them.`;

const READING = new Set(["webhooks:read"] as const);

/** What a button of the endpoint's pages does: where it leads and what it says. */
export async function steerEndpoint(
  actor: Actor,
  id: string,
  form: FormData,
): Promise<{ to: string; message: string }> {
  const page = `/webhooks/endpoints/${id}`;
  switch (form.get("intent")) {
    case "test": {
      const type = String(form.get("type") ?? "");
      if (!isEventType(type)) throw new AppError("invalid", "Choose an event to test with.");
      const { deliveryId } = await sendTestEvent(actor, id, type);
      return { to: `/webhooks/deliveries/${deliveryId}`, message: "The test event is on its way." };
    }
    case "on": {
      const { missedSince } = await getEndpoint({ ...actor, permissions: READING }, id);
      await switchEndpoint(actor, id, true);
      if (form.get("recover") !== "yes" || missedSince === null)
        return { to: page, message: "Switched on. Events are sent from now on; Recover sends what was missed." };
      await startRecovery(actor, id, { since: missedSince.toISOString() });
      return { to: `${page}/recover`, message: "Switched on. What it missed is being sent now." };
    }
    case "recover":
      await startRecovery(actor, id, recoveryForm(form, (await getEndpoint(actor, id)).missedSince));
      return { to: `${page}/recover`, message: "The recovery has begun. It goes on when you leave this page." };
    case "cancel-recovery":
      await cancelRecovery(actor, id, String(form.get("recoveryId") ?? ""));
      return { to: `${page}/recover`, message: "The recovery is stopped. What it sent already goes its way." };
    case "off":
      await switchEndpoint(actor, id, false);
      return { to: page, message: "Switched off. What happens meanwhile is kept as not sent." };
    case "delete":
      await deleteEndpoint(actor, id);
      return { to: "/webhooks", message: "The endpoint is deleted. Nothing more is sent there." };
    default:
      throw new AppError("invalid", "This button does nothing.");
  }
}
