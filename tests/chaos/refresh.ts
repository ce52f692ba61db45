import { z } from "zod";
import { keeping } from "#tests/bench/bench.ts";
import { type Row, row, type Scenario } from "./chaos.ts";
import { type Child, startChild } from "./children.ts";
import { type ChaosWorld, type SignIn, startChaosWorld } from "./world.ts";

const PROCESSES = 5;
const CALLS = 10;
const SLOW_SECONDS = 30;
const tokensOf = z.array(z.string());

/** What a person must not read when a sign-in was lost on the way, and what they must. */
const toldAsLost = (detail: string) => /cut off/.test(detail) && /Sign in again/.test(detail);

const child = (how: "well" | "die" | "stall") => startChild(["tests", "chaos", "processes", "refresh.ts"], { how });

/**
 * One single-use refresh token under every kind of trouble that loses sign-ins: many processes at once, a slow token
 * endpoint, answers that never come, a process that is killed between the vendor's answer and our commit, and a process
 * that sleeps through its lease. The vendor's own books say what happened.
 */
export const refresh: Scenario = () =>
  keeping(async (keep) => {
    const world = await keep(startChaosWorld());
    const workers = await Promise.all(Array.from({ length: PROCESSES }, () => keep(Promise.resolve(child("well")))));
    await Promise.all(workers.map((worker) => worker.next()));
    const rows: Row[] = [];
    rows.push(
      await together("50 calls of 5 processes on one expired single-use token", workers, await world.signIn("acme")),
    );
    rows.push(await outage(world));
    rows.push(await withdrawn(world));
    rows.push(await lostAnswer(world));
    rows.push(await forgivenAnswer(world));

    // What takes its time goes on at once: the slow endpoint, and the leases of owners that are dead or asleep.
    const slow = world.signIn("birch").then(async (signIn) => {
      const fault = { kind: "slow", seconds: SLOW_SECONDS, match: "/connect/token", account: "birch" };
      await world.control("faults", fault);
      return together(`50 calls of 5 processes, with a token endpoint that takes ${SLOW_SECONDS} s`, workers, signIn);
    });
    const silent = silence(world);
    const killed = await killedAfterAnswer(world, keep, 0);
    const forgiven = await killedAfterAnswer(world, keep, 600);
    await world.control("actions/settings", { graceSeconds: 0 });
    const asleep = overtaken(world, await keep(Promise.resolve(child("stall"))));
    rows.push(...(await Promise.all([slow, silent, killed.outcome(), forgiven.outcome(), asleep])));
    return rows;
  });

async function together(name: string, workers: readonly Child[], signIn: SignIn): Promise<Row> {
  const began = Date.now();
  const { employerId, connectionId } = signIn;
  const asked = workers.map((worker) => worker.ask({ employerId, connectionId, calls: CALLS }));
  const tokens = tokensOf.parse((await Promise.all(asked)).flat());
  const seconds = Math.round((Date.now() - began) / 100) / 10;
  const { refreshes } = await signIn.atVendor();
  const accepted = await signIn.accepted(tokens);
  const kept = await signIn.kept();
  const { state } = await signIn.use();
  const lost = kept ? 0 : 1;
  const figures = { processes: workers.length, calls: tokens.length, refreshes, accepted, lost, state, seconds };
  return row(name, figures, {
    "every call got a token that the vendor takes": accepted === PROCESSES * CALLS,
    "the vendor gave out one new set": refreshes === 1,
    "the grant is kept": kept,
    "the connection is active": state === "active",
  });
}

/** Errors and silence of the vendor turn a connection amber at most, at the API and at the token endpoint. */
async function outage(world: ChaosWorld): Promise<Row> {
  const signIn = await world.signIn("cedar");
  const { connectionId } = signIn;
  const seen: string[] = [];
  for (const kind of ["500", "503", "reset", "html"]) {
    // The token endpoint first: the access token has expired, so every call begins there.
    await world.control("faults", { kind, match: "jobadder.com/", account: "cedar", count: 0, retryAfter: "none" });
    seen.push((await signIn.use()).state);
    await world.control("faults", { kind: "clear" });
  }
  await world.control("faults", { kind: "500", match: "jobadder.com/", account: "cedar", count: 0 });
  await world.admin`update connection set failing_since = now() - interval '20 minutes' where id = ${connectionId}`;
  const late = await signIn.use();
  await world.control("faults", { kind: "clear" });
  const healed = await signIn.use();
  return row(
    "5xx, resets and web pages at API and token endpoint",
    { states: seen.join(" "), "after 20 minutes": late.state, healed: healed.state },
    {
      "nothing turned red": [...seen, late.state].every((state) => state === "active" || state === "degraded"),
      "a long outage is amber": late.state === "degraded",
      "it heals by itself": healed.state === "active" && (await signIn.kept()),
    },
  );
}

/** A vendor that takes the call and says nothing. */
async function silence(world: ChaosWorld): Promise<Row> {
  const signIn = await world.signIn("cedar");
  await signIn.use();
  await world.control("faults", { kind: "timeout", match: "users/current", account: "cedar", count: 0 });
  const { state, error } = await signIn.use();
  await world.control("faults", { kind: "clear" });
  const healed = await signIn.use();
  return row(
    "a vendor that never answers",
    { state, told: error, healed: healed.state },
    {
      "nothing turned red": state === "active" || state === "degraded",
      "it heals by itself": healed.state === "active",
    },
  );
}

async function withdrawn(world: ChaosWorld): Promise<Row> {
  const signIn = await world.signIn("cedar");
  const before = await signIn.use();
  await world.control("faults", { kind: "revoke", account: "cedar" });
  const { state, detail } = await signIn.use();
  await world.control("faults", { kind: "restore", account: "cedar" });
  return row(
    "access withdrawn at the vendor",
    { before: before.state, "after one call": state, told: detail },
    {
      "it worked before": before.state === "active",
      "it is red on the first answer": state === "needs_reconnect",
      "it is told as withdrawn": detail.includes("withdrew"),
    },
  );
}

const lose = (world: ChaosWorld) =>
  world.control("faults", { kind: "drop-response-after-commit", match: "/connect/token", account: "acme" });

/** The vendor rotates and its answer is lost. It takes no spent token, so the sign-in is gone: that is what must be told. */
async function lostAnswer(world: ChaosWorld): Promise<Row> {
  const signIn = await world.signIn("acme");
  await lose(world);
  const first = await signIn.use();
  const second = await signIn.use();
  return row(
    "an answer lost after the vendor had rotated",
    { first: first.state, next: second.state, told: second.detail },
    {
      "the loss of an answer alone is not red": first.state === "active",
      "the next call says red": second.state === "needs_reconnect",
      "it is told as lost and not as withdrawn": toldAsLost(second.detail),
    },
  );
}

async function forgivenAnswer(world: ChaosWorld): Promise<Row> {
  await world.control("actions/settings", { graceSeconds: 600 });
  const signIn = await world.signIn("acme");
  await lose(world);
  const first = await signIn.use();
  const second = await signIn.use();
  const kept = await signIn.kept();
  await world.control("actions/settings", { graceSeconds: 0 });
  return row(
    "an answer lost, where the vendor still takes the token before",
    { first: first.state, next: second.state, lost: kept ? 0 : 1 },
    { "it recovered": second.state === "active", "the grant is kept": kept },
  );
}

type Keep = Parameters<Parameters<typeof keeping>[0]>[0];

/** Kills a process that holds the vendor's answer and has written nothing; what is told then is looked at later. */
async function killedAfterAnswer(world: ChaosWorld, keep: Keep, graceSeconds: number) {
  await world.control("actions/settings", { graceSeconds });
  const signIn = await world.signIn("acme");
  const victim = await keep(Promise.resolve(child("die")));
  await victim.next();
  const { employerId, connectionId } = signIn;
  victim.ask({ employerId, connectionId, calls: CALLS }).catch(() => null);
  const how = await victim.gone();
  const { refreshes } = await signIn.atVendor();
  const kept = await signIn.kept();
  return {
    async outcome(): Promise<Row> {
      const waited = await world.leaseRunsOut(signIn);
      const { state, detail } = await signIn.use();
      const recovered = state === "active" && (await signIn.kept());
      const figures = { "ended with": how, "rotated there": refreshes, "kept here": kept ? "yes" : "no", state };
      const base = {
        "the process was killed": how === "SIGKILL",
        "the vendor had rotated and nothing was written": refreshes === 1 && !kept,
      };
      if (graceSeconds > 0)
        return row("kill -9 between answer and commit, where the vendor still takes the token before", figures, {
          ...base,
          "it recovered": recovered,
        });
      return row(
        "kill -9 between answer and commit",
        { ...figures, told: detail, "lease s": Math.round(waited) },
        {
          ...base,
          "it is red and never green": state === "needs_reconnect",
          "it is told as lost and not as withdrawn": toldAsLost(detail),
        },
      );
    },
  };
}

/** A process sleeps with the token in its hand, another renews meanwhile; then it wakes and sends the spent token. */
async function overtaken(world: ChaosWorld, sleeper: Child): Promise<Row> {
  const signIn = await world.signIn("acme");
  const { employerId, connectionId } = signIn;
  await sleeper.next();
  const asked = sleeper.ask({ employerId, connectionId, calls: CALLS });
  await asked;
  sleeper.signal("SIGSTOP");
  await world.leaseRunsOut(signIn);
  const winner = await signIn.use();
  sleeper.signal("SIGCONT");
  const tokens = tokensOf.parse(await sleeper.next());
  const accepted = await signIn.accepted(tokens);
  const { refreshes } = await signIn.atVendor();
  const { state } = await signIn.use();
  const kept = await signIn.kept();
  return row(
    "a spent token sent by a process that slept through its lease",
    { winner: winner.state, accepted, refreshes, state, lost: kept ? 0 : 1 },
    {
      "the sleeper's calls got the winner's token": accepted === CALLS,
      "the vendor gave out one new set": refreshes === 1,
      "nothing turned red": state === "active" && winner.state === "active",
      "the grant is kept": kept,
    },
  );
}
