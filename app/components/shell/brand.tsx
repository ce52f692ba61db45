/** Patchbay's mark: two jacks and the cable between them. */
export function Brand() {
  return (
    <svg className="brand" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="1.75" y="1.75" width="20.5" height="20.5" rx="5.5" />
      <circle cx="7.6" cy="7.6" r="1.9" />
      <circle cx="16.4" cy="16.4" r="1.9" />
      <path d="M16.4 7.6h.01M7.6 16.4h.01" strokeWidth="2.6" />
      <path d="M9.5 7.6c5.6 0-.6 8.8 5 8.8" />
    </svg>
  );
}
