import { describe, expect, it } from "vitest";
import { connectionWord, type StateFamily, type StateWord, stateWord, vocabulary } from "./state-vocabulary.ts";
import { stateIcons } from "./ui/state-icons.tsx";

describe("the state vocabulary", () => {
  it.each(Object.keys(vocabulary) as StateFamily[])("tells %s states apart without colour", (family) => {
    const words = Object.values(vocabulary[family]).map((state) => `${state.word} ${state.icon}`);
    const allowed = family === "reason" ? 4 : words.length;
    expect(new Set(words).size).toBe(allowed);
  });

  it("draws an icon for every state", () => {
    for (const family of Object.values(vocabulary)) {
      for (const state of Object.values<StateWord>(family)) expect(stateIcons[state.icon]).toBeDefined();
    }
  });

  it("never shows an unknown state as fine", () => {
    expect(stateWord("posting", "molten")).toMatchObject({ word: "molten", tone: "idle" });
  });

  it("names a degraded connection by its reason", () => {
    expect(connectionWord("degraded", { reason: "unavailable" }).word).toBe("Vendor down");
    expect(connectionWord("degraded", { reason: "unheard" }).word).toBe("Degraded");
    expect(connectionWord("active", { signIn: false }).word).toBe("Ready");
  });
});
