import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "./server.ts";
import { ask, control } from "./testing.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const tokenOf = async (secret = "indeed+client/secret=acme-7c1e", id = "indeed-client-acme") => {
  const answer = await ask(`${sandbox.origin}/indeed/apis.indeed.com/oauth/v2/tokens`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      scope: "employer_access",
      client_id: id,
      client_secret: secret,
    }),
  });
  return { status: answer.status, body: await answer.json() };
};
const graphql = async (token: string, query: string, variables: Record<string, unknown> = {}) => {
  const answer = await ask(`${sandbox.origin}/indeed/apis.indeed.com/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  expect(answer.status).toBe(200);
  return answer.json();
};

const CREATE =
  "mutation Put($input: CreateSourcedJobPostingsInput) { jobsIngest { createSourcedJobPostings(input: $input) { results { jobPosting { sourcedPostingId employerJobId } } } } }";
const STATUS =
  "query S($id: ID!) { node(id: $id) { ... on EmployerJob { id seats { jobPost { status { globalStatus { lifecycleStatus } surfaceStatuses { isRejected } } } } } } }";

const posting = {
  body: {
    title: "Dental Hygienist",
    description: "<p>Three-chair practice</p>",
    descriptionFormatting: "RICH_FORMATTING",
    location: { country: "US", cityRegionPostal: "Tulsa, OK 74103" },
    salary: { currency: "USD", minimumMinor: 3600, maximumMinor: 4400, period: "HOUR" },
    benefits: ["Paid time off"],
  },
  metadata: {
    jobSource: { companyName: "Bright Row", sourceName: "Bright Row Group", sourceType: "Employer" },
    jobPostingId: "REQ-2207",
    datePublished: "2026-03-02T06:00Z",
    contacts: { contactType: "contact", contactInfo: { contactName: "Ana", contactEmail: "ana@bright.example" } },
    url: "https://jobs.bright.example/REQ-2207",
  },
};

describe("Indeed Job Sync", () => {
  it("gives a token to the client, and none to another secret", async () => {
    expect((await tokenOf()).body).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    expect(await tokenOf("wrong")).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  });

  it("creates once under one key, indexes later, ends and brings back", async () => {
    const { access_token: token } = (await tokenOf()).body;
    const put = async () =>
      (await graphql(token, CREATE, { input: { jobPostings: [posting] } })).data.jobsIngest.createSourcedJobPostings
        .results[0].jobPosting;
    const made = await put();
    expect(await put()).toEqual(made);
    const lifecycle = async () => {
      const { data } = await graphql(token, STATUS, { id: made.employerJobId });
      return data.node.seats[0].jobPost.status.globalStatus.lifecycleStatus;
    };
    expect(await lifecycle()).toBe("PENDING");
    await control(sandbox, "indeed/actions/work", {});
    expect(await lifecycle()).toBe("ACTIVE");
    const EXPIRE =
      "mutation E($input: X) { jobsIngest { expireSourcedJobsBySourcedPostingId(input: $input) { results { trackingKey inputData { ... on Info { sourcedPostingId } } } } } }";
    const ended = await graphql(token, EXPIRE, { input: { jobs: [{ sourcedPostingId: made.sourcedPostingId }] } });
    expect(ended.data.jobsIngest.expireSourcedJobsBySourcedPostingId.results[0].inputData).toEqual({
      sourcedPostingId: made.sourcedPostingId,
    });
    expect(await lifecycle()).toBe("EXPIRED");
    await put();
    expect(await lifecycle()).toBe("PENDING");
  });

  it("refuses one bad posting among good ones, with its place", async () => {
    const { access_token: token } = (await tokenOf()).body;
    const bad = { ...posting, metadata: { ...posting.metadata, jobPostingId: "REQ-1", contacts: undefined } };
    const answer = await graphql(token, CREATE, { input: { jobPostings: [bad, posting, posting] } });
    const { results } = answer.data.jobsIngest.createSourcedJobPostings;
    expect(results.map((one: { jobPosting: unknown }) => one.jobPosting !== null)).toEqual([false, true, false]);
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining("contact"), extensions: { code: "BAD_USER_INPUT" } },
      { message: expect.stringContaining("Duplicate") },
    ]);
  });

  it("answers only what was asked for, and says the same to an old token and to a missing permission", async () => {
    const { access_token: token } = (await tokenOf()).body;
    expect(await graphql(token, "{ __typename }")).toEqual({ data: { __typename: "Query" } });
    expect((await graphql(token, "{ nothing { id } }")).errors[0].extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    expect((await graphql(token, "{ node(id: ")).errors[0].extensions.code).toBe("GRAPHQL_PARSE_FAILED");
    const other = await tokenOf("indeed+client/secret=readonly-7c1e", "indeed-client-readonly");
    for (const bearer of ["old", other.body.access_token])
      expect((await graphql(bearer, "{ __typename }")).errors[0].extensions.code).toBe("FORBIDDEN");
  });
});
