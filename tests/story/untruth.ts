/** A step that found something else than the truth it looked for. The sentence is for people. */
export class Untruth extends Error {
  override readonly name = "Untruth";
}

/** A request whose failure is a sentence: nobody there, connection broken, or no answer within 30 seconds. */
export async function fetchPlainly(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const { host, pathname } = new URL(address);
  try {
    return await fetch(address, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    throw new Untruth(`${host}${pathname} ${late ? "did not answer within 30 seconds" : "hung up without an answer"}.`);
  }
}
