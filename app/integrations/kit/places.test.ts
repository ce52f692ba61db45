import { expect, it } from "vitest";
import { countryCode, placeOf } from "./places.ts";

it("reads a country by its name or by its code, in today's code", () => {
  const given = ["Spain", "United Kingdom", "UK", "usa", "DE", "Germany", " Côte d’Ivoire ", "Narnia", ""];
  expect(given.map(countryCode)).toEqual(["ES", "GB", "GB", "US", "DE", "DE", "CI", undefined, undefined]);
});

it("takes a written place apart where it ends in a country, and keeps any other whole", () => {
  expect(placeOf("Madrid, Spain")).toEqual({ city: "Madrid", country: "ES" });
  expect(placeOf("Leeds, UK")).toEqual({ city: "Leeds", country: "GB" });
  expect(placeOf("Denver, CO, USA")).toEqual({ city: "Denver", region: "CO", country: "US" });
  expect(placeOf("Austin, TX")).toEqual({ city: "Austin, TX" });
  expect(placeOf("Spain")).toEqual({ city: "Spain" });
});
