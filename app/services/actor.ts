import { type Permission, permissions } from "#app/platform/permissions.ts";

/** Who does something: for permission checks, the audit log and activity. */
export interface Actor {
  kind: "person" | "api" | "system" | "vendor";
  /** The user's or the API key's id; null for the system and for vendors. */
  id: string | null;
  name: string;
  employerId: string;
  permissions: ReadonlySet<Permission>;
  /** Came by a portal link: sees webhooks only, and only this endpoint where one is named. */
  guest?: { readonly linkId: string; readonly endpointId: string | null };
}

/** Whether an endpoint, its deliveries and attempts are this actor's to see: a guest's link may name one endpoint. */
export const seesEndpoint = (actor: Actor, endpointId: string): boolean =>
  (actor.guest?.endpointId ?? endpointId) === endpointId;

/** The worker or a vendor's event acting for an employer: every permission but the instance's. */
export const systemActor = (employerId: string, name: string): Actor => ({
  kind: "system",
  id: null,
  name,
  employerId,
  permissions: new Set(permissions.filter((permission) => permission !== "instance:manage")),
});
