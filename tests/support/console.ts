/**
 * Lines that are allowed on console.error, in the process and in the browser: Chromium's remark about a 4xx answer, which
 * a form with mistakes gives on purpose, and the AbortError that Remix logs when a navigation is interrupted.
 */
const EXPECTED = [
  /^Failed to load resource: the server responded with a status of 4\d\d \([^)]*\)$/,
  /^AbortError: The (user aborted a request|operation was aborted)\.?$/,
  /^AbortError: BodyStreamBuffer was aborted$/,
  /^(DOMException \[AbortError\]|AbortError): This operation was aborted$/,
];

/** Whether a console.error line is one of the two that say nothing about a fault. */
export const isExpectedLine = (line: string): boolean => {
  const [first = ""] = line.split("\n");
  return EXPECTED.some((pattern) => pattern.test(first.trim()));
};
