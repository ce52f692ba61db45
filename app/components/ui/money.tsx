import { useClock } from "./clock.tsx";

interface MoneyProps {
  /** Minor units: cents for USD, yen for JPY. */
  minor: number | bigint;
  /** ISO 4217. */
  currency: string;
  /** Leave out ",00" where prices are whole. */
  short?: boolean | undefined;
}

/** Minor units as the reader's locale writes them. Zero is "Free" only where the caller says so. */
export function formatMoney({ minor, currency, short }: MoneyProps, locale: string): string {
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    ...(short ? { trailingZeroDisplay: "stripIfInteger" } : {}),
  });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(Number(minor) / 10 ** digits);
}

/** An amount of money. */
export function Money(props: MoneyProps) {
  const { locale } = useClock();
  return <span suppressHydrationWarning>{formatMoney(props, locale)}</span>;
}

/** A count in the reader's locale. */
export function Count({ value }: { value: number }) {
  const { locale } = useClock();
  return <span suppressHydrationWarning>{new Intl.NumberFormat(locale).format(value)}</span>;
}
