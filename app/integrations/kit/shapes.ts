import { z } from "zod";

/* The fields that vendors' payloads are made of. A field that a vendor may leave out may also be null. */

export const text = z.string().nullish();
export const flag = z.boolean().nullish();

/** A number that names a record: ids outgrow 2^31 and become text. */
export const numericId = z.number().int().transform(String);

/** For vendors that do not say whether their ids are numbers or text. */
export const anyId = z.union([z.string(), z.number()]).transform(String);

export const isoTime = z.iso.datetime({ offset: true }).transform((given) => new Date(given));
export const epochMs = z
  .number()
  .int()
  .transform((ms) => new Date(ms));

/** Text without the spaces and line breaks around it; empty where there is none. */
export const trimmed = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((given) => String(given ?? "").trim());

/** Milliseconds or text, for times that decide nothing: one that cannot be read is none. */
export const looseTime = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((given) => {
    const time = given === null || given === undefined || given === "" ? null : new Date(given);
    return time === null || Number.isNaN(time.getTime()) ? undefined : time;
  });

/** A list, or its only item by itself. */
export const oneOrMany = <S extends z.ZodType>(item: S) =>
  z
    .union([z.array(item), item.transform((one) => [one])])
    .nullish()
    .transform((given) => given ?? []);

/** A list whose place is not documented: the answer itself, or the first list under one of these names. */
export const listUnder = <S extends z.ZodType>(item: S, ...names: readonly string[]) =>
  z.preprocess((given) => {
    if (Array.isArray(given) || typeof given !== "object" || given === null) return given;
    return names.map((name) => Reflect.get(given, name)).find((one) => Array.isArray(one)) ?? given;
  }, z.array(item));
