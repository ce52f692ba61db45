import { type ActionFunctionArgs, redirect } from "@remix-run/node";
import { orRefuse, redirectWithCookies } from "#app/platform/respond.server.ts";
import { signOut } from "#app/services/sign-in.server.ts";

/** Signing out is a POST; the address by itself leads to the start page. */
export const loader = () => redirect("/");

export async function action({ request }: ActionFunctionArgs) {
  return redirectWithCookies("/login", await orRefuse(() => signOut(request)));
}
