'use client';

import type { Route } from 'next';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useTransition } from 'react';
import { Menu } from '#components/ui/menu.tsx';
import type { MenuEntry } from '#components/ui/menu-model.tsx';
import type { AuditFilter } from './model.ts';

/** Filters live in the URL; changing one goes back to the newest page. */
export function AuditFilters({
  filters,
  query,
  counts,
}: {
  filters: readonly AuditFilter[];
  query: string;
  counts: string;
}) {
  const router = useRouter();
  const path = usePathname();
  const params = useSearchParams();
  const [pending, start] = useTransition();
  const set = (name: string, value: string | null) => {
    const next = new URLSearchParams(params);
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
    for (const stale of ['cursor', 'row']) next.delete(stale);
    start(() => router.push(`${path}?${next}` as Route));
  };
  return (
    <search className="filters busy-region" aria-busy={pending}>
      <form
        className="search-form"
        onSubmit={(event) => {
          event.preventDefault();
          const field = new FormData(event.currentTarget).get('q');
          set('q', typeof field === 'string' ? field.trim() : null);
        }}
      >
        <input
          className="input"
          name="q"
          type="search"
          data-search
          defaultValue={query}
          placeholder="Actor, action, object or request id"
          aria-label="Search"
        />
      </form>
      {filters.map((filter) => (
        <FilterChip key={filter.name} filter={filter} onChange={(value) => set(filter.name, value)} />
      ))}
      <span className="counts small muted nowrap">{counts}</span>
    </search>
  );
}

function FilterChip({ filter, onChange }: { filter: AuditFilter; onChange: (value: string | null) => void }) {
  const chosen = filter.options.find((option) => option.value === filter.value)?.label ?? filter.value;
  return (
    <Menu
      className={filter.value === null ? 'chip' : 'chip set'}
      trigger={
        <>
          {filter.label} <b>{chosen ?? 'any'}</b>
        </>
      }
      entries={[
        { kind: 'act', text: 'any', onSelect: () => onChange(null) },
        ...filter.options.map(
          (option): MenuEntry => ({
            kind: 'act',
            text: option.label,
            onSelect: () => onChange(option.value),
          }),
        ),
      ]}
    />
  );
}
