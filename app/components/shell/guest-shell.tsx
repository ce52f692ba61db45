import { Form, Link } from "@remix-run/react";
import { LogOut } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "#app/components/ui/button.tsx";
import { type Flash, FlashNote } from "#app/components/ui/flash-note.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { Toasts } from "#app/components/ui/toast.tsx";
import { Brand } from "./brand.tsx";
import type { ShellData } from "./shell-data.ts";
import { SkipLink } from "./skip-link.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";
import { useTopOfNewPage } from "./use-top-of-new-page.ts";

interface GuestShellProps {
  guest: { name: string; employer: string; access: "read" | "manage"; expiresAt: Date; home: string };
  theme: ShellData["theme"];
  flash: Flash | null;
  children: ReactNode;
}

/** The frame of a guest: whose webhooks these are, until when, and the way out. No menu, because nothing else is open. */
export function GuestShell({ guest, theme, flash, children }: GuestShellProps) {
  return (
    <div className="guest">
      <SkipLink />
      <header className="guest-head">
        <Link className="top-mark" to={guest.home}>
          <Brand />
          <span>{guest.employer}</span>
        </Link>
        <p className="guest-note">
          <b>{guest.name}</b>, guest{guest.access === "read" ? " who may look" : ""}, until{" "}
          <Time at={guest.expiresAt} show="time" />
        </p>
        <ThemeSwitch theme={theme} />
        <Form method="post" action="/portal?index">
          <Button size="sm" icon={LogOut}>
            Leave
          </Button>
        </Form>
      </header>
      <main id="main" tabIndex={-1} ref={useTopOfNewPage()}>
        {flash && <FlashNote flash={flash} />}
        {children}
      </main>
      <Toasts />
    </div>
  );
}
