import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData, useSearchParams } from "@remix-run/react";
import { Gallery } from "#app/components/gallery/gallery.tsx";
import { AppShell } from "#app/components/shell/app-shell.tsx";
import type { ShellMember } from "#app/components/shell/shell-data.ts";
import { env } from "#app/platform/env.server.ts";
import { readTheme } from "#app/platform/preferences.server.ts";

export const meta = () => [{ title: "Pattern sheet · Patchbay" }];

const member: ShellMember = {
  user: { id: "u1", name: "Mara Lindqvist", email: "mara@hollinverge.example" },
  employer: { id: "e1", name: "Hollin Verge", slug: "hollin-verge" },
  role: "admin",
  employers: [
    { id: "e1", name: "Hollin Verge" },
    { id: "e2", name: "Marlow & Pike" },
  ],
};

/** Every primitive in every state, for those who build pages. Not there in production. */
export async function loader({ request }: LoaderFunctionArgs) {
  if (env().NODE_ENV === "production") throw new Response("Not found", { status: 404 });
  return { theme: await readTheme(request) };
}

export default function GalleryPage() {
  const { theme } = useLoaderData<typeof loader>();
  const lost = useSearchParams()[0].has("lost");
  const live = lost ? ({ kind: "lost", since: Date.UTC(2026, 10, 12, 15, 42) } as const) : ({ kind: "on" } as const);
  return (
    <AppShell member={member} theme={theme} openIssues={3} live={live}>
      <Gallery />
    </AppShell>
  );
}
