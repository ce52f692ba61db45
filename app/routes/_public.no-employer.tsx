import { type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { PublicCard } from "#app/components/people/public-card.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { optionalMember, requirePerson } from "#app/services/people.server.ts";

export const meta = () => [{ title: "No team yet · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { user } = await requirePerson(request);
  if (await optionalMember(request)) throw redirect("/");
  return { email: user.email };
}

export default function NoEmployer() {
  const { email } = useLoaderData<typeof loader>();
  return (
    <PublicCard title="No team yet" sentence={`You are signed in as ${email}, and no employer counts you in its team.`}>
      <p>Ask an owner or admin to invite this address. Their invitation comes by mail.</p>
      <Form method="post" action="/logout" className="btns mt-4">
        <Button>Sign out</Button>
      </Form>
    </PublicCard>
  );
}
