import { keyScopes, type Permission } from "#app/platform/permissions.ts";
import { createApiKey } from "#app/services/api-keys.server.ts";
import { type TestMember, testMember } from "./people.ts";

interface Answer {
  status: number;
  headers: Headers;
  json: ReturnType<typeof JSON.parse>;
}

export interface ApiCaller {
  member: TestMember;
  key: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** A program of an employer with a key of its own; of a new employer unless one is given. */
export async function apiCaller(
  url: string,
  options: { member?: TestMember; scopes?: readonly Permission[] } = {},
): Promise<ApiCaller> {
  const member = options.member ?? (await testMember());
  const { key } = await createApiKey(member.actor, { name: "test", scopes: options.scopes ?? keyScopes, days: null });
  return {
    member,
    key,
    async call(method, path, body, headers = {}) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, json: text === "" ? null : JSON.parse(text) };
    },
  };
}
