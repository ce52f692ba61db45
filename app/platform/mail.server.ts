import { createTransport } from "nodemailer";
import { request } from "undici";
import { env } from "./env.server.ts";
import { log } from "./log.server.ts";

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html?: string;
}

const TIMEOUT_MS = 15_000;

/**
 * Sends one mail: by SMTP_URL, else into the sandbox's mailbox, where every mail of a trial can be read. Throws when
 * neither takes it, and when neither is set up: nothing is dropped in silence.
 */
export async function sendMail(mail: Mail): Promise<void> {
  const { SMTP_URL, MAIL_FROM } = env();
  if (SMTP_URL === undefined) {
    await toMailbox({ from: MAIL_FROM, ...mail });
    return;
  }
  const transport = createTransport(SMTP_URL, { from: MAIL_FROM });
  try {
    await transport.sendMail(mail);
  } finally {
    transport.close();
  }
}

/** Whether this instance can send mail at all: pages say so before they offer a link by mail. */
export const canSendMail = (): boolean => env().SMTP_URL !== undefined || mailboxUrl() !== undefined;

function mailboxUrl(): string | undefined {
  const { PATCHBAY_SANDBOX, PATCHBAY_SANDBOX_URL } = env();
  if (PATCHBAY_SANDBOX === "off" || PATCHBAY_SANDBOX_URL === undefined) return undefined;
  return `${PATCHBAY_SANDBOX_URL.replace(/\/$/, "")}/_mail`;
}

async function toMailbox(mail: Mail & { from: string }): Promise<void> {
  const url = mailboxUrl();
  if (url === undefined) throw new Error("No mail can be sent: SMTP_URL is not set and the sandbox is off.");
  const answer = await request(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(mail),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`The sandbox mailbox answered ${answer.statusCode}.`);
}

/** Sends a mail whose failure must not fail the caller: it is logged instead. Says whether it went. */
export async function trySendMail(mail: Mail): Promise<boolean> {
  try {
    await sendMail(mail);
    return true;
  } catch (error) {
    log().error({ err: error, subject: mail.subject }, "a mail was not sent");
    return false;
  }
}
