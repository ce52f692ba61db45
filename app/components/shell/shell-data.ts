import type { LiveState } from "#app/components/ui/live-dot.tsx";

/** Who is signed in and where; the portal's layout loads it once for every page. */
export interface ShellMember {
  user: { id: string; name: string; email: string };
  employer: { id: string; name: string; slug: string };
  role: "owner" | "admin" | "recruiter" | "viewer";
  employers: readonly { id: string; name: string }[];
}

export interface ShellData {
  member: ShellMember;
  theme: "system" | "light" | "dark";
  openIssues: number;
  live: LiveState;
}

export const roleWords: Record<ShellMember["role"], string> = {
  owner: "Owner",
  admin: "Admin",
  recruiter: "Recruiter",
  viewer: "Viewer",
};
