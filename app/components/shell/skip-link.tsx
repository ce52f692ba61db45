/** The first stop of the Tab key on every page: past the frame, to what the page is about. */
export function SkipLink() {
  return (
    <a className="skip" href="#main">
      Skip to content
    </a>
  );
}
