import {
  Activity,
  Briefcase,
  Calendar,
  KeyRound,
  type LucideIcon,
  Plug,
  ScrollText,
  Settings2,
  Users,
  UsersRound,
  Webhook,
} from "lucide-react";

export interface NavEntry {
  to: string;
  label: string;
  icon: LucideIcon;
}

/** The portal's places, daily ones first. */
export const mainNav: readonly NavEntry[] = [
  { to: "/integrations", label: "Integrations", icon: Plug },
  { to: "/jobs", label: "Jobs", icon: Briefcase },
  { to: "/applicants", label: "Applicants", icon: Users },
  { to: "/interviews", label: "Interviews", icon: Calendar },
  { to: "/webhooks", label: "Webhooks", icon: Webhook },
  { to: "/health", label: "Health", icon: Activity },
];

export const secondNav: readonly NavEntry[] = [
  { to: "/activity", label: "Activity", icon: ScrollText },
  { to: "/settings/api-keys", label: "API keys", icon: KeyRound },
  { to: "/settings/team", label: "Team", icon: UsersRound },
  { to: "/settings", label: "Settings", icon: Settings2 },
];

/** The entry that a path belongs to: the longest address it lies under. */
export function currentEntry(pathname: string): string | undefined {
  return [...mainNav, ...secondNav]
    .map((entry) => entry.to)
    .filter((to) => pathname === to || pathname.startsWith(`${to}/`))
    .sort((a, b) => b.length - a.length)[0];
}
