import type { Salary, SalaryPeriod } from "../contract/domain.ts";

/** Digits after the point of a currency: 2 for USD, none for JPY, 3 for KWD; 2 for a code that is not known. */
export function digitsOf(currency: string): number {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** An amount in whole units of a currency as minor units, and back. */
export const minorOf = (amount: number, currency: string): number => Math.round(amount * 10 ** digitsOf(currency));
export const majorOf = (minor: number, currency: string): number => minor / 10 ** digitsOf(currency);

/** Minor units as plain decimal text with every digit of the currency: "38000.00". */
export const decimalText = (minor: number, currency: string): string =>
  majorOf(minor, currency).toFixed(digitsOf(currency));

/** Minor units as English text without the currency: "38,000", "17.5". */
export const amountText = (minor: number, currency: string): string =>
  majorOf(minor, currency).toLocaleString("en-US", { maximumFractionDigits: digitsOf(currency) });

/** Pay told in whole units. Nothing is said without a low end, a currency and a period. */
export function salaryOf(
  low: number | null | undefined,
  high: number | null | undefined,
  currency: string | null | undefined,
  period: SalaryPeriod | undefined,
): { salary?: Salary } {
  if (!low || !currency || !period) return {};
  return { salary: { min: minorOf(low, currency), max: minorOf(high ?? low, currency), currency, period } };
}
