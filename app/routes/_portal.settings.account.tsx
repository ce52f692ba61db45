import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { PasswordCard, SessionsCard, TwoFactorCard } from "#app/components/people/account-cards.tsx";
import { RefusalNote, refusalIn } from "#app/components/people/refusal-note.tsx";
import { SettingsPage } from "#app/components/people/settings-page.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { isRefusal, orExplain, redirectWithMessage, refused, withCookies } from "#app/platform/respond.server.ts";
import * as account from "#app/services/account.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { qrPath } from "#app/services/qr.server.ts";

export const meta = () => [{ title: "Your account · Patchbay" }];
const here = "/settings/account";

export async function loader({ request }: LoaderFunctionArgs) {
  const { user } = await requireMember(request);
  return { user, hasPassword: await account.hasPassword(user.id), sessions: await account.listSessions(request) };
}

export async function action({ request }: ActionFunctionArgs) {
  await requireMember(request);
  const form = await request.formData();
  const intent = form.get("intent");
  const field = (name: string) => String(form.get(name) ?? "");
  if (intent === "two-factor-begin") {
    const begun = await orExplain(() => account.beginTwoFactor(request, field("password")));
    return isRefusal(begun) ? refused(begun, form) : { setup: { ...begun, qr: qrPath(begun.uri) } };
  }
  const done = await orExplain(() => perform(request, String(intent), field));
  if (isRefusal(done)) return refused(done, form);
  return redirectWithMessage(here, done.said, withCookies(done.cookies));
}

/** Does what the pressed button says; answers with the next page's sentence and the session's new cookies. */
async function perform(request: Request, intent: string, field: (name: string) => string) {
  if (intent === "password") {
    const change = { current: field("current"), next: field("next") };
    return { cookies: await account.changePassword(request, change), said: "Password changed." };
  }
  if (intent === "two-factor-confirm") {
    return { cookies: await account.confirmTwoFactor(request, field("code")), said: "Two-factor is on." };
  }
  if (intent === "two-factor-end") {
    return { cookies: await account.endTwoFactor(request, field("password")), said: "Two-factor is off." };
  }
  await account.endSession(request, field("sessionId"));
  return { cookies: [], said: "Session ended." };
}

export default function Account() {
  const { user, hasPassword, sessions } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const refusal = refusalIn(answer);
  const setup = answer && "setup" in answer ? answer.setup : null;
  const confirming = refusal?.fields.code !== undefined;
  const sentence = `${user.name}, ${user.email}. Two-factor is ${user.twoFactorEnabled ? "on" : "off"}.`;
  return (
    <SettingsPage title="Your account" sentence={sentence} instance={user.instanceAdmin}>
      <RefusalNote refusal={refusal} />
      <TwoFactorCard
        enabled={user.twoFactorEnabled}
        hasPassword={hasPassword}
        setup={setup}
        confirming={confirming}
        refusal={refusal}
      />
      <PasswordCard hasPassword={hasPassword} refusal={refusal} />
      <SessionsCard sessions={sessions} />
    </SettingsPage>
  );
}
