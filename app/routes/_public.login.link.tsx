import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, Link, useActionData, useLoaderData } from "@remix-run/react";
import { PublicCard } from "#app/components/people/public-card.tsx";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { safePath } from "#app/platform/preferences.server.ts";
import { isRefusal, orExplain, redirectWithCookies, refused } from "#app/platform/respond.server.ts";
import { redeemSignInLink } from "#app/services/sign-in.server.ts";

export const meta = () => [{ title: "Sign in by link · Patchbay" }, { name: "referrer", content: "same-origin" }];

/** Reading this page spends nothing: mail scanners follow links. The button does. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url);
  return { token: searchParams.get("token") ?? "", next: safePath(searchParams.get("next")) };
}

export async function action({ request }: ActionFunctionArgs) {
  const form = await request.formData();
  const next = safePath(form.get("next"));
  const step = await orExplain(() => redeemSignInLink(request, String(form.get("token"))));
  if (isRefusal(step)) return refused(step);
  const to = step.needsCode ? `/login/two-factor?next=${encodeURIComponent(next)}` : next;
  return redirectWithCookies(to, step.cookies);
}

export default function SignInLink() {
  const { token, next } = useLoaderData<typeof loader>();
  const refusal = useActionData<typeof action>();
  return (
    <PublicCard title="Sign in by link" sentence="The link works once. Press the button to use it.">
      <Form method="post" className="grid gap-4">
        <RefusalNote refusal={refusal} />
        <input type="hidden" name="token" value={token} />
        <input type="hidden" name="next" value={next} />
        <div className="btns">
          <Button variant="primary">Sign in</Button>
          {refusal && (
            <Link className="link" to="/login">
              Ask for a new link
            </Link>
          )}
        </div>
      </Form>
    </PublicCard>
  );
}
