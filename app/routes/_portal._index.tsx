import { redirect } from "@remix-run/node";

/** The portal begins with the integrations. */
export const loader = () => redirect("/integrations");
