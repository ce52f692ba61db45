import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, Link, useActionData, useLoaderData } from "@remix-run/react";
import { PublicCard } from "#app/components/people/public-card.tsx";
import { errorsFor, RefusalNote, refusalIn } from "#app/components/people/refusal-note.tsx";
import { roleWords } from "#app/components/shell/shell-data.ts";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithCookies, refused } from "#app/platform/respond.server.ts";
import { acceptAsNewPerson, acceptInvitation, openInvitation } from "#app/services/invitations.server.ts";
import { optionalPerson, requirePerson, switchEmployer } from "#app/services/people.server.ts";
import { signIn } from "#app/services/sign-in.server.ts";

export const meta = () => [{ title: "Invitation · Patchbay" }, { name: "referrer", content: "same-origin" }];

const keyIn = (request: Request) => new URL(request.url).searchParams.get("key") ?? "";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { email, role, employerName, inviter, known } = await orRefuse(() =>
    openInvitation(params.id ?? "", keyIn(request)),
  );
  const person = await optionalPerson(request);
  const { pathname, search } = new URL(request.url);
  const here = encodeURIComponent(pathname + search);
  return { email, role, employerName, inviter, known, here, signedInAs: person?.user.email ?? null };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const open = await orRefuse(() => openInvitation(params.id ?? "", keyIn(request)));
  const form = await request.formData();
  if (await optionalPerson(request)) {
    const { user } = await requirePerson(request);
    await orRefuse(() => acceptInvitation(open, user));
    await orRefuse(() => switchEmployer(request, open.employerId));
    return redirectWithCookies("/", []);
  }
  const [name, password] = [form.get("name"), form.get("password")];
  const step = await orExplain(async () => {
    await acceptAsNewPerson(request, open, { name, password });
    return signIn(request, { email: open.email, password });
  });
  return isRefusal(step) ? refused(step, form) : redirectWithCookies("/", step.cookies);
}

export default function Invitation() {
  const { email, role, employerName, inviter, known, here, signedInAs } = useLoaderData<typeof loader>();
  const refusal = refusalIn(useActionData<typeof action>());
  const sentence = `${inviter} invites ${email} to the hiring team, as ${roleWords[role]}.`;
  return (
    <PublicCard title={`Join ${employerName}`} sentence={sentence}>
      <RefusalNote refusal={refusal} />
      {signedInAs === null && known && (
        <Link className="link" to={`/login?next=${here}`}>
          Sign in as {email} to join
        </Link>
      )}
      {signedInAs === null && !known && (
        <Form method="post" className="grid gap-4">
          <TextField
            label="Your name"
            id="name"
            name="name"
            autoComplete="name"
            required
            defaultValue={refusal?.values?.name ?? ""}
            errors={errorsFor(refusal, "name")}
          />
          <TextField
            label="Password"
            hint="At least 10 characters."
            id="password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            errors={errorsFor(refusal, "password")}
          />
          <div>
            <Button variant="primary">Join</Button>
          </div>
        </Form>
      )}
      {signedInAs === email && (
        <Form method="post">
          <Button variant="primary">Join {employerName}</Button>
        </Form>
      )}
      {signedInAs !== null && signedInAs !== email && (
        <Form method="post" action="/logout" className="grid gap-3">
          <p>You are signed in as {signedInAs}. Sign out, then open the link of the mail again.</p>
          <div>
            <Button>Sign out</Button>
          </div>
        </Form>
      )}
    </PublicCard>
  );
}
