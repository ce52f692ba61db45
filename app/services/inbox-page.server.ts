import type { Actor } from "./actor.ts";
import { createEndpoint, listEndpoints } from "./endpoints.server.ts";
import { AppError } from "./errors.ts";
import { answerWith, deleteInbox, getInbox, inboxAnswers } from "./inboxes.server.ts";

/** What the page of one inbox shows. Kind not-found. */
export async function inboxPage(actor: Actor, id: string) {
  const { inbox, requests } = await getInbox(actor, id);
  const endpoint = (await listEndpoints(actor)).find(({ url }) => url === inbox.url);
  return {
    inbox,
    requests: requests.map(({ employerId: _employer, inboxId: _inbox, ...row }) => row),
    verified: requests.filter((row) => row.verified).length,
    endpoint: endpoint ? { id: endpoint.id, state: endpoint.state } : null,
    answers: [...inboxAnswers],
    canManage: actor.permissions.has("webhooks:manage"),
  };
}

/** What a button of the inbox's page does: where it leads and what it says. */
export async function steerInbox(actor: Actor, id: string, form: FormData): Promise<{ to: string; message: string }> {
  const page = `/webhooks/receive/${id}`;
  switch (form.get("intent")) {
    case "answer":
      await answerWith(actor, id, form.get("answerStatus"));
      return { to: page, message: `Senders are answered ${String(form.get("answerStatus"))} from now on.` };
    case "endpoint": {
      const { inbox } = await getInbox(actor, id);
      const made = await createEndpoint(actor, { url: inbox.url, description: `Receive here: ${inbox.name}` });
      return { to: `/webhooks/endpoints/${made.id}`, message: "The endpoint is ready. Send it a test event." };
    }
    case "delete":
      await deleteInbox(actor, id);
      return { to: "/webhooks/receive", message: "The address is deleted, with what arrived there." };
    default:
      throw new AppError("invalid", "This button does nothing.");
  }
}
