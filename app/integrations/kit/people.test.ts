import { expect, it } from "vitest";
import { personOf } from "./people.ts";

it("leaves out what is empty, and writes nothing twice", () => {
  const emails = [" Ida@Mail.Example", "ida@mail.example", "", null];
  expect(personOf({ firstName: "Ida", lastName: "Okafor", emails, phones: ["", "1"], links: [undefined] })).toEqual({
    ...{ firstName: "Ida", lastName: "Okafor", emails: ["ida@mail.example"], phones: ["1"], links: [] },
  });
});

it("parts a whole name where the vendor does not", () => {
  expect(personOf({ name: "Ida van  Dyke", headline: "Welder" })).toMatchObject({
    ...{ firstName: "Ida", lastName: "van Dyke", headline: "Welder" },
  });
  expect(personOf({ name: "Ida", lastName: "Okafor" })).toMatchObject({ firstName: "Ida", lastName: "Okafor" });
  expect(personOf({})).toEqual({ firstName: "", lastName: "", emails: [], phones: [], links: [] });
});
