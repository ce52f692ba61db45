import { type ActionFunctionArgs, redirect } from "@remix-run/node";
import { safePath, writeTheme } from "#app/platform/preferences.server.ts";

/** Keeps the theme a reader chose and goes back to where it was chosen. */
export async function action({ request }: ActionFunctionArgs) {
  const form = await request.formData();
  const cookie = await writeTheme(form.get("theme"));
  return redirect(safePath(form.get("from")), { headers: { "set-cookie": cookie } });
}
