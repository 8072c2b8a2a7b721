import type { Route } from 'next';
import Link from 'next/link';

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; title?: string }[];
  onChange: (value: T) => void;
}

/** One of a few. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as an inline flex row in all browsers
    <div className="seg" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          title={option.title}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

/** Several of a few, each on or off. */
export function Toggles<T extends string>({
  label,
  on,
  options,
  onToggle,
}: {
  label: string;
  on: ReadonlySet<T>;
  options: readonly { value: T; label: string }[];
  onToggle: (value: T) => void;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above
    <div className="seg" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={on.has(option.value)}
          onClick={() => onToggle(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

/** Tabs whose choice lives in the URL. */
export function LinkTabs({
  label,
  items,
}: {
  label: string;
  items: readonly { label: string; href: Route; current: boolean }[];
}) {
  return (
    <nav className="seg" aria-label={label}>
      {items.map((item) => (
        <Link
          key={item.label}
          href={item.href}
          aria-current={item.current ? 'page' : undefined}
          scroll={false}
        >
          {item.label}
        </Link>
      ))}
    </nav>
  );
}
