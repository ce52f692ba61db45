import type { ReactNode } from "react";
import { type Flash, FlashNote } from "#app/components/ui/flash-note.tsx";
import { Toasts } from "#app/components/ui/toast.tsx";
import type { ShellData } from "./shell-data.ts";
import { SideBar } from "./side-bar.tsx";
import { SkipLink } from "./skip-link.tsx";
import { TabBar } from "./tab-bar.tsx";
import { TopBar } from "./top-bar.tsx";
import { useTopOfNewPage } from "./use-top-of-new-page.ts";

interface AppShellProps extends ShellData {
  flash?: Flash | null | undefined;
  children: ReactNode;
}

/** The frame of every signed-in page: side bar or rail, top bar, main, and the phone's tab bar. */
export function AppShell({ flash, children, ...data }: AppShellProps) {
  return (
    <div className="app">
      <SkipLink />
      <SideBar member={data.member} openIssues={data.openIssues} />
      <TopBar {...data} />
      <main id="main" tabIndex={-1} ref={useTopOfNewPage()}>
        {flash && <FlashNote flash={flash} />}
        {children}
      </main>
      <TabBar member={data.member} />
      <Toasts />
    </div>
  );
}
