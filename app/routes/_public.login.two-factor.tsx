import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, Link, useActionData, useLoaderData } from "@remix-run/react";
import { PublicCard } from "#app/components/people/public-card.tsx";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { safePath } from "#app/platform/preferences.server.ts";
import { isRefusal, orExplain, redirectWithCookies, refused } from "#app/platform/respond.server.ts";
import { giveCode } from "#app/services/sign-in.server.ts";

export const meta = () => [{ title: "Your code · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url);
  return { next: safePath(searchParams.get("next")), backup: searchParams.has("backup") };
}

export async function action({ request }: ActionFunctionArgs) {
  const form = await request.formData();
  const kind = form.get("kind") === "backup" ? "backup" : "app";
  const step = await orExplain(() => giveCode(request, String(form.get("code") ?? ""), kind));
  return isRefusal(step) ? refused(step) : redirectWithCookies(safePath(form.get("next")), step.cookies);
}

export default function TwoFactor() {
  const { next, backup } = useLoaderData<typeof loader>();
  const refusal = useActionData<typeof action>();
  const other = new URLSearchParams({ next, ...(backup ? {} : { backup: "1" }) });
  return (
    <PublicCard
      title="Your code"
      sentence={backup ? "Each backup code works once." : "Open your authenticator and type the six digits it shows."}
    >
      <Form method="post" className="grid gap-4">
        <RefusalNote refusal={refusal} />
        <input type="hidden" name="next" value={next} />
        <input type="hidden" name="kind" value={backup ? "backup" : "app"} />
        <TextField
          label={backup ? "Backup code" : "Code"}
          id="code"
          name="code"
          autoComplete="one-time-code"
          inputMode={backup ? "text" : "numeric"}
          required
          errors={refusal?.fields.code ? [refusal.fields.code] : null}
        />
        <div className="btns">
          <Button variant="primary">Continue</Button>
          <Link className="link" to={`?${other}`}>
            {backup ? "Use the authenticator" : "Use a backup code"}
          </Link>
        </div>
      </Form>
    </PublicCard>
  );
}
