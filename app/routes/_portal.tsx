import { data, type LoaderFunctionArgs } from "@remix-run/node";
import { Outlet, useLoaderData } from "@remix-run/react";
import { ErrorPage } from "#app/components/error-page.tsx";
import { AppShell } from "#app/components/shell/app-shell.tsx";
import type { ShellData } from "#app/components/shell/shell-data.ts";
import { useKeptFlash } from "#app/components/shell/use-kept-flash.ts";
import { useLive } from "#app/components/shell/use-live.ts";
import { takeFlash } from "#app/platform/flash.server.ts";
import { readTheme } from "#app/platform/preferences.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { countOpenIssues } from "#app/services/shell.server.ts";

/** What every signed-in page needs: who is here, what waits for them, and what the last action said. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { user, employer, role, employers } = await requireMember(request);
  const flash = await takeFlash(request);
  const shell: Omit<ShellData, "live"> = {
    member: { user, employer, role, employers },
    theme: await readTheme(request),
    openIssues: await countOpenIssues(employer.id),
  };
  return data({ shell, flash: flash?.flash ?? null }, flash ? { headers: { "set-cookie": flash.clear } } : {});
}

export default function Portal() {
  const { shell, flash } = useLoaderData<typeof loader>();
  const live = useLive("/resources/live");
  return (
    <AppShell {...shell} live={live} flash={useKeptFlash(flash)}>
      <Outlet />
    </AppShell>
  );
}

export function ErrorBoundary() {
  return <ErrorPage />;
}
