import { useFetcher, useLocation } from "@remix-run/react";
import { Check, Contrast, Monitor, Moon, Sun } from "lucide-react";
import { Icon } from "#app/components/ui/icon.tsx";
import { Menu, MenuButton } from "#app/components/ui/menu.tsx";
import type { ShellData } from "./shell-data.ts";

const choices = [
  { theme: "system", label: "As the system", icon: Monitor },
  { theme: "light", label: "Light", icon: Sun },
  { theme: "dark", label: "Dark", icon: Moon },
] as const;

/** Three buttons of one form; the answer is a cookie, so the next paint is right. */
export function ThemeChoices({ theme }: Pick<ShellData, "theme">) {
  const fetcher = useFetcher();
  const { pathname, search } = useLocation();
  return (
    <fetcher.Form method="post" action="/resources/theme">
      <input type="hidden" name="from" value={pathname + search} />
      {choices.map((choice) => (
        <MenuButton
          key={choice.theme}
          name="theme"
          value={choice.theme}
          icon={choice.icon}
          aria-current={theme === choice.theme || undefined}
        >
          {choice.label}
          {theme === choice.theme && <Icon icon={Check} className="ml-2" />}
        </MenuButton>
      ))}
    </fetcher.Form>
  );
}

/** Light, dark, or as the system says. */
export function ThemeSwitch({ theme }: Pick<ShellData, "theme">) {
  return (
    <Menu label="Theme" icon={Contrast} variant="ghost">
      <ThemeChoices theme={theme} />
    </Menu>
  );
}
