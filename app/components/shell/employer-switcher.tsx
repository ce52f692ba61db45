import { Form } from "@remix-run/react";
import { Check, ChevronsUpDown } from "lucide-react";
import { Icon } from "#app/components/ui/icon.tsx";
import { MenuButton, useDetailsMenu } from "#app/components/ui/menu.tsx";
import { Brand } from "./brand.tsx";
import type { ShellMember } from "./shell-data.ts";

/** The employers of this person, each a button of one form. */
export function EmployerChoices({ member }: { member: ShellMember }) {
  return (
    <Form method="post" action="/resources/employer">
      {member.employers.map((employer) => {
        const current = employer.id === member.employer.id;
        return (
          <MenuButton key={employer.id} name="employerId" value={employer.id} aria-current={current || undefined}>
            {employer.name}
            {current && <Icon icon={Check} className="ml-2" />}
          </MenuButton>
        );
      })}
    </Form>
  );
}

/** The employer at the head of the side bar, and the others behind it. */
export function EmployerSwitcher({ member }: { member: ShellMember }) {
  const menu = useDetailsMenu();
  return (
    <details className="menu menu-wide" ref={menu}>
      <summary className="switch">
        <Brand />
        <span className="nav-label">
          <b>{member.employer.name}</b>
          <span className="sr-only">, switch employer</span>
        </span>
        <Icon icon={ChevronsUpDown} />
      </summary>
      <div className="menu-list">
        <EmployerChoices member={member} />
      </div>
    </details>
  );
}
