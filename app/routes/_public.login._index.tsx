import { type ActionFunctionArgs, type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { Form, useActionData, useLoaderData, useNavigation } from "@remix-run/react";
import { PublicCard } from "#app/components/people/public-card.tsx";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { canSendMail } from "#app/platform/mail.server.ts";
import { safePath } from "#app/platform/preferences.server.ts";
import { isRefusal, orExplain, redirectWithCookies, refused } from "#app/platform/respond.server.ts";
import { optionalPerson } from "#app/services/people.server.ts";
import { mailSignInLink, signIn } from "#app/services/sign-in.server.ts";

export const meta = () => [{ title: "Sign in · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const next = safePath(new URL(request.url).searchParams.get("next"));
  if (await optionalPerson(request)) throw redirect(next);
  return { next, byMail: canSendMail() };
}

export async function action({ request }: ActionFunctionArgs) {
  const form = await request.formData();
  const next = safePath(form.get("next"));
  if (form.get("intent") === "mail") {
    const sent = await orExplain(() => mailSignInLink(request, form.get("email")));
    return isRefusal(sent) ? refused(sent) : { sent: true };
  }
  const step = await orExplain(() => signIn(request, { email: form.get("email"), password: form.get("password") }));
  if (isRefusal(step)) return refused(step);
  const to = step.needsCode ? `/login/two-factor?next=${encodeURIComponent(next)}` : next;
  return redirectWithCookies(to, step.cookies);
}

export default function Login() {
  const { next, byMail } = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>();
  const busy = useNavigation().state === "submitting";
  const refusal = answer && "message" in answer ? answer : null;
  return (
    <PublicCard title="Sign in">
      <Form method="post" className="grid gap-4">
        <RefusalNote refusal={refusal} />
        {answer && "sent" in answer && (
          <Note tone="ok" role="status">
            If this address belongs to somebody here, a link is on its way. It works once, for 15 minutes.
          </Note>
        )}
        <input type="hidden" name="next" value={next} />
        <TextField
          label="Mail address"
          id="email"
          name="email"
          type="email"
          autoComplete="username"
          required
          errors={refusal?.fields.email ? [refusal.fields.email] : null}
        />
        <TextField label="Password" id="password" name="password" type="password" autoComplete="current-password" />
        <div className="btns">
          <Button variant="primary" name="intent" value="password" loading={busy}>
            Sign in
          </Button>
          {byMail && (
            <Button variant="ghost" name="intent" value="mail">
              Mail me a link instead
            </Button>
          )}
        </div>
      </Form>
    </PublicCard>
  );
}
