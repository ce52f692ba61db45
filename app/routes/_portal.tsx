import { data, type LoaderFunctionArgs, type SerializeFrom } from "@remix-run/node";
import { Outlet, useLoaderData, useRouteLoaderData } from "@remix-run/react";
import type { ReactNode } from "react";
import { ErrorContent, ErrorPage } from "#app/components/error-page.tsx";
import { AppShell } from "#app/components/shell/app-shell.tsx";
import { GuestShell } from "#app/components/shell/guest-shell.tsx";
import { useKeptFlash } from "#app/components/shell/use-kept-flash.ts";
import { useLive } from "#app/components/shell/use-live.ts";
import { takeFlash } from "#app/platform/flash.server.ts";
import { readTheme } from "#app/platform/preferences.server.ts";
import { loadShell } from "#app/services/shell.server.ts";

/** What every page of the frame needs: who is here, what waits for them, and what the last action said. */
export async function loader({ request }: LoaderFunctionArgs) {
  const shell = await loadShell(request);
  const flash = await takeFlash(request);
  const loaded = { ...shell, theme: await readTheme(request), flash: flash?.flash ?? null };
  return data(loaded, flash ? { headers: { "set-cookie": flash.clear } } : {});
}

type Loaded = SerializeFrom<typeof loader>;

function Shell({ loaded, children }: { loaded: Loaded; children: ReactNode }) {
  const flash = useKeptFlash(loaded.flash);
  if (loaded.kind === "guest") {
    return (
      <GuestShell guest={loaded.guest} theme={loaded.theme} flash={flash}>
        {children}
      </GuestShell>
    );
  }
  return (
    <MemberShell loaded={loaded} flash={flash}>
      {children}
    </MemberShell>
  );
}

interface MemberShellProps {
  loaded: Extract<Loaded, { kind: "member" }>;
  flash: Loaded["flash"];
  children: ReactNode;
}

function MemberShell({ loaded, flash, children }: MemberShellProps) {
  const live = useLive("/resources/live");
  const { member, openIssues, theme } = loaded;
  return (
    <AppShell member={member} openIssues={openIssues} theme={theme} live={live} flash={flash}>
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
