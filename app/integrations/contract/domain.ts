/** The hiring domain as adapters see it: plain values, dates as Date, money in minor units, no database ids required. */

export type EmploymentType =
  | "full_time"
  | "part_time"
  | "contract"
  | "temporary"
  | "internship"
  | "volunteer"
  | "other";
export type RemoteKind = "on_site" | "hybrid" | "remote";
export type SalaryPeriod = "hour" | "day" | "week" | "month" | "year";

export interface Location {
  city?: string;
  region?: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  postalCode?: string;
}

export interface Salary {
  /** Minor units of `currency`. */
  min: number;
  max: number;
  /** ISO 4217. */
  currency: string;
  period: SalaryPeriod;
}

/** A job as an ATS holds it. */
export interface JobRecord {
  title: string;
  descriptionHtml: string;
  status: "draft" | "open" | "closed" | "archived";
  departments: readonly string[];
  locations: readonly Location[];
  remote: RemoteKind;
  employment: EmploymentType;
  experience?: string;
  salary?: Salary;
  openings: number;
  validThrough?: Date;
  /** The employer's own requisition number. */
  requisition?: string;
}

export interface StageRecord {
  /** The job it belongs to, by external id; absent for stages that every job shares. */
  jobExternalId?: string;
  name: string;
  position: number;
}

export interface CandidateRecord {
  firstName: string;
  lastName: string;
  emails: readonly string[];
  phones: readonly string[];
  headline?: string;
  links: readonly string[];
}

export type ApplicationStatus = "active" | "hired" | "rejected" | "withdrawn";

export interface ApplicationRecord {
  jobExternalId: string;
  candidateExternalId: string;
  status: ApplicationStatus;
  stageExternalId?: string;
  stageName?: string;
  source?: string;
  appliedAt: Date;
  rejectedReason?: string;
  /** Changes whenever the files that the vendor keeps for it do; absent where there are none to copy. */
  filesVersion?: string;
}

/** What a new hire goes through before and after the first day. Contents of forms stay with the vendor. */
export interface OnboardingRecord {
  /** Absent where the vendor does not say, or the hire did not come by an application. */
  applicationExternalId?: string;
  person: { firstName: string; lastName: string; email?: string };
  status: "open" | "done" | "cancelled";
  startsOn?: Date;
  tasks: readonly OnboardingTask[];
}

export interface OnboardingTask {
  externalId: string;
  name: string;
  /** The vendor's own word for what it is, e.g. "W4". */
  kind?: string;
  status: "open" | "done" | "cancelled";
  dueAt?: Date;
  completedAt?: Date;
}

/** An application that a board or apply form hands over whole, candidate and answers included. */
export interface InboundApplication {
  /** Our own job id or stable posting key as the board returns it. */
  postingKey: string;
  /** The board's own id of this application, by which it can be told what became of it. */
  externalId?: string;
  candidate: CandidateRecord;
  appliedAt: Date;
  source: string;
  coverLetter?: string;
  answers: readonly { question: string; answer: string }[];
  resume?: { fileName: string; contentType: string; base64: string };
}

export interface RecordOf {
  jobs: JobRecord;
  stages: StageRecord;
  candidates: CandidateRecord;
  applications: ApplicationRecord;
  onboardings: OnboardingRecord;
}

/** A job ready for a board: everything the formatters and rules may look at. */
export interface PostingJob {
  /** Stable over retries and versions of one job on one board; the vendor's external or partner reference. */
  key: string;
  title: string;
  descriptionHtml: string;
  descriptionText: string;
  company: string;
  departments: readonly string[];
  category?: string;
  locations: readonly Location[];
  remote: RemoteKind;
  employment: EmploymentType;
  experience?: string;
  salary?: Salary;
  openings: number;
  postedAt: Date;
  updatedAt: Date;
  validThrough?: Date;
  /** Carries the source token, so that every click can be told apart. */
  applyUrl: string;
  jobUrl: string;
  /** Where the board may post applications for this connection; absent when it has no inbound address. */
  inboundUrl?: string;
}
