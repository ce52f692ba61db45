import { type Permission, permissions } from "#app/platform/permissions.ts";

/** Who does something: for permission checks, the audit log and activity. */
export interface Actor {
  kind: "person" | "api" | "system" | "vendor";
  /** The user's or the API key's id; null for the system and for vendors. */
  id: string | null;
  name: string;
  employerId: string;
  permissions: ReadonlySet<Permission>;
}

/** The worker or a vendor's event acting for an employer: every permission but the instance's. */
export const systemActor = (employerId: string, name: string): Actor => ({
  kind: "system",
  id: null,
  name,
  employerId,
  permissions: new Set(permissions.filter((permission) => permission !== "instance:manage")),
});
