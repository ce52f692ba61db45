import { growAction } from "../ats-actions.ts";
import { defineSandboxVendor, type Field, json, Refusal, type World } from "../framework.ts";
import { callerOf } from "./lever/access.ts";
import { oauthRoutes } from "./lever/oauth.ts";
import { archive, moveTo, recordRoutes } from "./lever/records.ts";
import {
  type Account,
  ALL_SCOPES,
  accountOf,
  addOpportunity,
  addPosting,
  grow,
  personOf,
  REASONS,
  STAGES,
  type State,
  seedLever,
  stateSchema,
} from "./lever/state.ts";
import { leverWebhooks, webhookRoutes } from "./lever/webhooks.ts";

const ACCOUNT: Field = { name: "account", label: "Account", options: ["acme", "birch", "cedar"], value: "acme" };
const JOB: Field = { name: "postingId", label: "Posting (blank: the newest published one)", optional: true };
const PERSON: Field = { name: "opportunityId", label: "Opportunity (blank: the newest)", optional: true };

const chosen = (world: World<State>, input: Record<string, string>): Account => {
  const account = accountOf(world.state, input.account ?? "");
  if (!account) throw new Refusal(`There is no account ${input.account}`);
  return account;
};

const chosenPosting = (account: Account, input: Record<string, string>) => {
  const found = input.postingId
    ? account.postings.find((posting) => posting.id === input.postingId)
    : account.postings.findLast((posting) => posting.state === "published");
  if (!found) throw new Refusal("There is no such posting");
  return found;
};

const chosenPerson = (account: Account, input: Record<string, string>) => {
  const found = input.opportunityId
    ? account.opportunities.find((row) => row.id === input.opportunityId)
    : account.opportunities.at(-1);
  if (!found) throw new Refusal("There is no such opportunity");
  return found;
};

/** The keys and grants of one account, or all. */
const hit = ({ state }: World<State>, input: Record<string, string>) =>
  [...state.keys, ...state.grants].filter((one) => !input.account || one.account === input.account);

export default defineSandboxVendor<State>({
  id: "lever",
  name: "Lever",
  about:
    "Applicant tracking: key or sign-in, opaque page tokens, lists of what was deleted, webhooks signed in the body.",
  hosts: ["api.lever.co", "auth.lever.co"],
  state: stateSchema,
  seed: seedLever,
  account: (call, { state, now }) => callerOf(call, state, now().getTime())?.account.key ?? null,
  failure: (_call, status, retryAfter) =>
    json(
      status,
      { code: status === 429 ? "TooManyRequests" : "InternalError", message: "Something went wrong" },
      retryAfter === null ? {} : { "Retry-After": retryAfter },
    ),
  credentials: ({ state }) => {
    const client = { clientId: state.clientId, clientSecret: state.clientSecret };
    const byKey = (name: string, of: string) => {
      const account = accountOf(state, of);
      const config = { signInBy: "key", apiKey: `lever_demo_key_${name}`, actingUserId: account?.users[1]?.id ?? "" };
      return { accountName: account?.domain ?? "", config, client };
    };
    const tokens = { accessToken: "lv-access-birch", refreshToken: "lv-refresh-birch", scopes: ALL_SCOPES };
    return {
      good: byKey("acme", "acme"),
      other: { accountName: "birch.example", config: { signInBy: "oauth" }, client, tokens },
      missingScope: byKey("noscope", "acme"),
      revoked: byKey("revoked", "acme"),
      empty: byKey("cedar", "cedar"),
    };
  },
  routes: [...oauthRoutes, ...webhookRoutes, ...recordRoutes],
  webhooks: leverWebhooks,
  faults: {
    revoke: {
      label: "Delete keys and withdraw access",
      run(world, input) {
        for (const one of hit(world, input)) one.revoked = true;
      },
    },
    restore: {
      label: "Give access back",
      run(world, input) {
        for (const one of hit(world, input)) one.revoked = "value" in one && one.value.endsWith("_revoked");
      },
    },
    expire: {
      label: "Expire access tokens",
      run({ state }, input) {
        for (const grant of state.grants) if (!input.account || grant.account === input.account) grant.access = [];
      },
    },
    "dead-cursor": {
      label: "Forget page tokens",
      run({ state }) {
        state.turn += 1;
      },
    },
  },
  actions: [
    growAction(ACCOUNT, chosen, grow, { jobs: "Postings", candidates: "Opportunities" }, (account) => ({
      jobs: account.postings.length,
      candidates: account.opportunities.length,
    })),
    {
      id: "apply",
      label: "Let somebody apply",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const { id: posting } = chosenPosting(account, input);
        const person = personOf(account.opportunities.length);
        const { opportunity } = addOpportunity(world.state, account, person, { posting }, world.now().getTime());
        world.emit("applicationCreated", { account: account.key, opportunityId: opportunity.id });
        return { opportunityId: opportunity.id, applicationId: opportunity.applications[0]?.id };
      },
    },
    {
      id: "move",
      label: "Move somebody to a stage",
      fields: [
        ACCOUNT,
        PERSON,
        { name: "stage", label: "Stage", options: STAGES.map((stage) => stage.id), value: "offer" },
      ],
      run(world, input) {
        const account = chosen(world, input);
        const row = chosenPerson(account, input);
        moveTo(world, account, row, input.stage ?? "", account.users[1]?.id ?? "");
        return { opportunityId: row.id };
      },
    },
    {
      id: "archive",
      label: "Archive somebody",
      fields: [
        ACCOUNT,
        PERSON,
        { name: "reason", label: "Reason", options: REASONS.map((reason) => reason.id), value: REASONS[1].id },
      ],
      run(world, input) {
        const account = chosen(world, input);
        const row = chosenPerson(account, input);
        archive(world, account, row, input.reason ?? "");
        return { opportunityId: row.id };
      },
    },
    {
      id: "delete",
      label: "Delete somebody",
      fields: [ACCOUNT, PERSON],
      run(world, input) {
        const account = chosen(world, input);
        const row = chosenPerson(account, input);
        const deletedAt = world.now().getTime();
        account.opportunities = account.opportunities.filter((one) => one.id !== row.id);
        account.deleted.opportunities.push({ id: row.id, deletedAt });
        account.deleted.applications.push(...row.applications.map(({ id }) => ({ id, deletedAt })));
        world.emit("candidateDeleted", { account: account.key, opportunityId: row.id });
        return { opportunityId: row.id };
      },
    },
    {
      id: "add-job",
      label: "Publish a posting",
      fields: [ACCOUNT, { name: "title", label: "Title", value: "Harbour Pilot" }],
      run(world, input) {
        const account = chosen(world, input);
        return { postingId: addPosting(world.state, account, input.title ?? "", world.now().getTime()).id };
      },
    },
    {
      id: "close-job",
      label: "Close a posting",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const posting = chosenPosting(chosen(world, input), input);
        Object.assign(posting, { state: "closed", updatedAt: world.now().getTime() });
        return { postingId: posting.id };
      },
    },
    {
      id: "delete-job",
      label: "Delete a posting",
      fields: [ACCOUNT, JOB],
      run(world, input) {
        const account = chosen(world, input);
        const { id } = chosenPosting(account, input);
        account.postings = account.postings.filter((posting) => posting.id !== id);
        account.deleted.postings.push({ id, deletedAt: world.now().getTime() });
        return { postingId: id };
      },
    },
  ],
  describe: ({ state }) =>
    state.accounts.flatMap((account) => [
      {
        title: `${account.domain}: postings`,
        note: `${account.opportunities.length} opportunities, ${account.webhooks.length} webhooks`,
        columns: ["Id", "Title", "State", "Updated"],
        rows: account.postings
          .toReversed()
          .slice(0, 60)
          .map((row) => [row.id, row.text, row.state, new Date(row.updatedAt).toISOString()]),
      },
      {
        title: `${account.domain}: opportunities`,
        columns: ["Id", "Name", "Stage", "Archived", "Updated"],
        rows: account.opportunities
          .toSorted((left, right) => right.updatedAt - left.updatedAt)
          .slice(0, 60)
          .map((row) => [
            row.id,
            row.name,
            STAGES.find((stage) => stage.id === row.stage)?.text ?? row.stage,
            REASONS.find((reason) => reason.id === row.archived?.reason)?.text ?? "",
            new Date(row.updatedAt).toISOString(),
          ]),
      },
    ]),
});
