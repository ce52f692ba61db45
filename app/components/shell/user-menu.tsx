import { Form } from "@remix-run/react";
import { LogOut, UserRound } from "lucide-react";
import { Icon } from "#app/components/ui/icon.tsx";
import { MenuButton, MenuLink, useDetailsMenu } from "#app/components/ui/menu.tsx";
import { roleWords, type ShellMember } from "./shell-data.ts";

/** What a person can do with their own account. */
export function UserActions() {
  return (
    <>
      <MenuLink to="/settings/account" icon={UserRound}>
        Your account
      </MenuLink>
      <Form method="post" action="/logout">
        <MenuButton icon={LogOut}>Sign out</MenuButton>
      </Form>
    </>
  );
}

/** The person at the foot of the side bar. */
export function UserMenu({ member }: { member: ShellMember }) {
  const menu = useDetailsMenu();
  return (
    <details className="menu menu-wide menu-up" ref={menu}>
      <summary className="switch">
        <Icon icon={UserRound} className="switch-user" />
        <span className="nav-label">
          <b>{member.user.name}</b>
          <small>{roleWords[member.role]}</small>
          <span className="sr-only">, your account</span>
        </span>
      </summary>
      <div className="menu-list">
        <UserActions />
      </div>
    </details>
  );
}
