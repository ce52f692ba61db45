import { AppError } from "#app/services/errors.ts";

/** Every permission, in the order the API-key page lists them. */
export const permissions = [
  "connections:read",
  "connections:manage",
  "jobs:read",
  "jobs:manage",
  "postings:publish",
  "applications:read",
  "applications:manage",
  "interviews:manage",
  "webhooks:read",
  "webhooks:manage",
  "activity:read",
  "team:manage",
  "api-keys:manage",
  "settings:manage",
  "instance:manage",
] as const;
export type Permission = (typeof permissions)[number];

export type Role = "owner" | "admin" | "recruiter" | "viewer";

const reading: readonly Permission[] = [
  "connections:read",
  "jobs:read",
  "applications:read",
  "webhooks:read",
  "activity:read",
];
const hiring: readonly Permission[] = [
  ...reading,
  "connections:manage",
  "jobs:manage",
  "postings:publish",
  "applications:manage",
  "interviews:manage",
];
const governing = permissions.filter((permission) => permission !== "instance:manage");

/**
 * What each role may do at its employer. `instance:manage` comes from the person, not from a role. Owner and admin differ
 * in one rule kept by the team service: only an owner makes, changes or removes an owner.
 */
export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(governing),
  admin: new Set(governing),
  recruiter: new Set(hiring),
  viewer: new Set(reading),
};

/** What an API key may be given: everything but the instance, the team and other keys. */
export const keyScopes: readonly Permission[] = permissions.filter(
  (permission) => !["instance:manage", "team:manage", "api-keys:manage", "settings:manage"].includes(permission),
);

/** Throws forbidden unless the actor holds the permission. */
export function allow(actor: { permissions: ReadonlySet<Permission> }, permission: Permission): void {
  if (!actor.permissions.has(permission)) throw new AppError("forbidden", "Your role does not allow this.");
}
