import { data, type LoaderFunctionArgs, type SerializeFrom } from "@remix-run/node";
import { Outlet, useLoaderData, useRouteLoaderData } from "@remix-run/react";
import type { ReactNode } from "react";
import { ErrorContent, ErrorPage } from "#app/components/error-page.tsx";
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

function Shell({ loaded, children }: { loaded: SerializeFrom<typeof loader>; children: ReactNode }) {
  const live = useLive("/resources/live");
  return (
    <AppShell {...loaded.shell} live={live} flash={useKeptFlash(loaded.flash)}>
      {children}
    </AppShell>
  );
}

export default function Portal() {
  return (
    <Shell loaded={useLoaderData<typeof loader>()}>
      <Outlet />
    </Shell>
  );
}

/** A page that failed leaves the menu standing; only when the menu's own data failed too, nothing else is left. */
export function ErrorBoundary() {
  const loaded = useRouteLoaderData<typeof loader>("routes/_portal");
  if (!loaded) return <ErrorPage />;
  return (
    <Shell loaded={loaded}>
      <ErrorContent />
    </Shell>
  );
}
