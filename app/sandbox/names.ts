const FIRST = [
  "Nia",
  "Ada",
  "Lee",
  "Tomás",
  "Priya",
  "Jonas",
  "Aiko",
  "Zoë",
  "Omar",
  "Ines",
  "Kofi",
  "Marta",
  "Yusuf",
  "Elin",
  "Ravi",
  "Chloé",
  "Milan",
  "Sofia",
  "Bao",
  "Greta",
];
const LAST = [
  "Brandt",
  "Okoye",
  "Park",
  "Núñez",
  "Rao",
  "Lindqvist",
  "Sato",
  "Vogel",
  "Haddad",
  "Costa",
  "Mensah",
  "Nowak",
  "Demir",
  "Berg",
  "Iyer",
  "Laurent",
  "Petrov",
  "Rossi",
  "Tran",
  "O'Neill",
  "Weiß",
  "Duarte",
  "Khan",
];

/** Job titles for made-up jobs. */
export const TRADES = [
  "Warehouse Shift Lead",
  "Senior Welder",
  "Data Engineer",
  "Pastry Cook",
  "Dental Hygienist",
  "Support Engineer",
  "Forklift Driver",
  "Night Nurse",
  "Product Designer",
  "Payroll Clerk",
  "Electrician",
  "Account Manager",
  "Backend Developer",
  "Site Surveyor",
  "Store Manager",
  "Lab Technician",
] as const;

/** The item at a number, going round. */
export const pick = <T>(items: readonly T[], number: number): T => {
  const found = items[number % items.length];
  if (found === undefined) throw new Error("Nothing to pick from");
  return found;
};

/** Title of made-up job number n; from the second round on it carries the round. */
export const titleOf = (number: number): string => {
  const round = Math.floor(number / TRADES.length) + 1;
  return `${pick(TRADES, number)}${round > 1 ? ` ${round}` : ""}`;
};

/** First and last name of made-up person number n: the same person for the same number. */
export const PEOPLE = (number: number): readonly [string, string] => [
  pick(FIRST, number),
  pick(LAST, number * 3 + Math.floor(number / FIRST.length)),
];
