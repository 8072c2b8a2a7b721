/** A globe whose prime meridian is drawn stronger, as on the map. */
export function Logo() {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="1.3">
        <circle cx="9" cy="9" r="7.6" />
        <ellipse cx="9" cy="9" rx="3.3" ry="7.6" />
      </g>
      <path d="M9 1.4v15.2" stroke="var(--accent)" strokeWidth="1.6" />
    </svg>
  );
}
