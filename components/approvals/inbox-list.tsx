import Link from 'next/link';
import { Moment } from '#components/ui/age.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import type { InboxItem } from './model.ts';

export function InboxList({ items }: { items: readonly InboxItem[] }) {
  return (
    <ul className="inbox">
      {items.map((item) => (
        <li key={item.id} className={item.selected ? 'sel' : undefined}>
          <Link href={item.href} data-row scroll={false} aria-current={item.selected ? 'true' : undefined}>
            <StatusShape status={item.status} />
            <div>
              <div className="t">
                <Prose text={item.title} />
              </div>
              <p>{item.who}</p>
              <p>{item.note}</p>
            </div>
            <span className="age">
              <Moment at={item.at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
