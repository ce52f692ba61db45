import { describe, expect, it } from "vitest";
import { type AdvertisedJob, jobPostingData } from "./structured-data.ts";

const job: AdvertisedJob = {
  id: "01920000-0000-7000-8000-000000000001",
  title: "Chart Plotter Installer",
  descriptionHtml: "<p>Fit gear.</p>",
  locations: [{ city: "Halifax", region: "NS", country: "CA", postalCode: "B3J 1A1" }],
  remote: "hybrid",
  employment: "contract",
  salaryMin: 2_900,
  salaryMax: 3_450,
  salaryCurrency: "CAD",
  salaryPeriod: "hour",
  validThrough: new Date("2026-12-24T23:59:59Z"),
  requisition: "REQ-512",
  publishedAt: new Date("2026-11-02T08:00:00Z"),
  createdAt: new Date("2026-11-01T08:00:00Z"),
};
const company = { name: "Saltline Marine", website: "https://saltline.example", logo: null };
const url = "https://jobs.example/careers/saltline/chart";

describe("the markup of a job", () => {
  it("carries what Google for Jobs requires and advises", () => {
    expect(jobPostingData(job, company, url)).toEqual({
      "@context": "https://schema.org/",
      "@type": "JobPosting",
      title: "Chart Plotter Installer",
      description: "<p>Fit gear.</p>",
      url,
      datePosted: "2026-11-02T08:00:00.000Z",
      validThrough: "2026-12-24T23:59:59.000Z",
      employmentType: ["CONTRACTOR"],
      directApply: true,
      identifier: { "@type": "PropertyValue", name: "Saltline Marine", value: "REQ-512" },
      hiringOrganization: { "@type": "Organization", name: "Saltline Marine", sameAs: "https://saltline.example" },
      jobLocation: [
        {
          "@type": "Place",
          address: {
            "@type": "PostalAddress",
            addressLocality: "Halifax",
            addressRegion: "NS",
            postalCode: "B3J 1A1",
            addressCountry: "CA",
          },
        },
      ],
      baseSalary: {
        "@type": "MonetaryAmount",
        currency: "CAD",
        value: { "@type": "QuantitativeValue", minValue: 29, maxValue: 34.5, unitText: "HOUR" },
      },
    });
  });

  it("names the countries of wholly remote work instead of a place", () => {
    const data = jobPostingData({ ...job, remote: "remote" }, company, url);
    expect(data).toMatchObject({
      jobLocationType: "TELECOMMUTE",
      applicantLocationRequirements: [{ "@type": "Country", name: "CA" }],
    });
    expect(data).not.toHaveProperty("jobLocation");
  });

  it("is left out rather than wrong when no country is known", () => {
    expect(jobPostingData({ ...job, locations: [{ city: "Halifax" }] }, company, url)).toBeNull();
    expect(jobPostingData({ ...job, remote: "remote", locations: [] }, company, url)).toBeNull();
  });

  it("writes one figure of pay as a value, in a currency without cents as it is", () => {
    const yen = { ...job, salaryMin: 3_000, salaryMax: 3_000, salaryCurrency: "JPY" };
    expect(jobPostingData(yen, company, url)).toMatchObject({
      baseSalary: { currency: "JPY", value: { value: 3_000, unitText: "HOUR" } },
    });
  });
});
