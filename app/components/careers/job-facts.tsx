import { Banknote, Briefcase, Building2, CalendarDays, type LucideIcon, MapPin } from "lucide-react";
import type { ReactNode } from "react";
import { employmentWords, type Pay, type Place, payWords, placesWords } from "#app/components/jobs/words.ts";
import { useClock } from "#app/components/ui/clock.tsx";
import { Icon } from "#app/components/ui/icon.tsx";
import { Time } from "#app/components/ui/time.tsx";
import type { EmploymentType, RemoteKind } from "#app/integrations/contract/domain.ts";

export interface JobFactsData extends Pay {
  departments: readonly string[];
  locations: readonly Place[];
  remote: RemoteKind;
  employment: EmploymentType;
  publishedAt: Date | null;
}

/** Place, kind of work, department, pay and date of a job, each with its icon. */
export function JobFacts({ job }: { job: JobFactsData }) {
  const { locale } = useClock();
  const pay = payWords(job, locale);
  return (
    <ul className="job-facts" aria-label="Facts">
      <Fact icon={MapPin}>{placesWords(job)}</Fact>
      <Fact icon={Briefcase}>{employmentWords[job.employment]}</Fact>
      {job.departments.length > 0 && <Fact icon={Building2}>{job.departments.join(", ")}</Fact>}
      {pay && (
        <Fact icon={Banknote}>
          <span suppressHydrationWarning>{pay}</span>
        </Fact>
      )}
      {job.publishedAt && (
        <Fact icon={CalendarDays}>
          <Time at={job.publishedAt} show="date" />
        </Fact>
      )}
    </ul>
  );
}

function Fact({ icon, children }: { icon: LucideIcon; children: ReactNode }) {
  return (
    <li>
      <Icon icon={icon} />
      <span>{children}</span>
    </li>
  );
}
