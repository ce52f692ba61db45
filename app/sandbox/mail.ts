import { randomUUID } from "node:crypto";
import { z } from "zod";
import { htmlReply, json, type Reply } from "./framework.ts";
import { html, page, table } from "./markup.ts";
import type { OwnCall } from "./special.ts";

const address = z.union([z.string(), z.array(z.string()).transform((many) => many.join(", "))]);
const mailSchema = z.looseObject({
  from: address.default(""),
  to: address,
  subject: z.string().default(""),
  text: z.string().default(""),
  html: z.string().default(""),
});
const keptSchema = mailSchema.extend({ id: z.string(), at: z.string() });
type Kept = z.infer<typeof keptSchema>;
const KEPT = 500;

const list = (mails: readonly Kept[]) =>
  page(
    "Mailbox",
    html`<h1>Mailbox</h1><p>Every mail that the portal sent while it uses the sandbox. Nothing leaves this machine.</p>
${table(
  "Mails",
  ["Sent", "To", "Subject"],
  mails
    .toReversed()
    .map((mail) => [mail.at, mail.to, html`<a href="/_mail/${mail.id}">${mail.subject || "(no subject)"}</a>`]),
)}`,
  );

const one = (mail: Kept) =>
  page(
    mail.subject,
    html`<h1>${mail.subject || "(no subject)"}</h1><p class="muted">From ${mail.from} to ${mail.to}, ${mail.at}</p>
<div class="card"><pre style="white-space:pre-wrap">${mail.text}</pre></div>
${mail.html ? html`<h2>As HTML</h2><iframe title="The mail as HTML" sandbox="" srcdoc="${mail.html}" style="width:100%;height:480px;border:1px solid var(--line);border-radius:8px;background:#fff"></iframe>` : null}`,
  );

/** The mailbox: `POST /_mail` takes a mail as JSON, `/_mail` shows them, `/_mail/messages` lists them as JSON. */
export const createMailbox = (now: () => Date, changed: () => void) => {
  let mails: Kept[] = [];
  return {
    snapshot: (): unknown => mails,
    restore(stored: unknown) {
      mails = z.array(keptSchema).catch([]).parse(stored);
    },
    handle(call: OwnCall): Reply {
      const [first] = call.parts;
      if (call.method === "POST" && first === undefined) {
        let parsed: ReturnType<typeof mailSchema.safeParse>;
        try {
          parsed = mailSchema.safeParse(JSON.parse(call.body.toString("utf8")));
        } catch {
          return json(400, { error: "The body is not JSON" });
        }
        if (!parsed.success) return json(422, { error: z.prettifyError(parsed.error) });
        const mail = { ...parsed.data, id: randomUUID(), at: now().toISOString() };
        mails = [...mails, mail].slice(-KEPT);
        changed();
        return json(201, { id: mail.id });
      }
      if (first === "messages" && call.method === "DELETE") {
        mails = [];
        changed();
        return { status: 204 };
      }
      if (call.method !== "GET") return json(405, { error: "method_not_allowed" });
      if (first === "messages") {
        const to = call.query.get("to");
        return json(200, { messages: to === null ? mails : mails.filter((mail) => mail.to.includes(to)) });
      }
      if (first === undefined) return htmlReply(200, list(mails));
      const mail = mails.find((candidate) => candidate.id === first);
      return mail ? htmlReply(200, one(mail)) : htmlReply(404, page("No such mail", html`<h1>No such mail</h1>`));
    },
  };
};
