import { type ActionFunctionArgs, redirect } from "@remix-run/node";
import { orRefuse } from "#app/platform/respond.server.ts";
import { switchEmployer } from "#app/services/people.server.ts";

/** Takes the person to another of their employers. */
export async function action({ request }: ActionFunctionArgs) {
  const form = await request.formData();
  await orRefuse(() => switchEmployer(request, String(form.get("employerId"))));
  return redirect("/");
}
