import type { Route } from 'next';
import Link from 'next/link';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { Prose } from './prose.tsx';

export type ButtonTone = 'plain' | 'primary' | 'danger' | 'danger-solid' | 'quiet';

const TONES = {
  plain: 'btn',
  primary: 'btn primary',
  danger: 'btn danger',
  'danger-solid': 'btn danger solid',
  quiet: 'btn quiet',
} satisfies Record<ButtonTone, string>;

interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled' | 'aria-disabled'> {
  tone?: ButtonTone;
  /** The rule that disables it. The button stays focusable, so the rule can be read by keyboard and touch. */
  reason?: string | undefined;
  /** Where the rule stands: in a bubble above the button, or as text beside it. */
  reasonAt?: 'bubble' | 'beside';
  busy?: boolean;
  children: ReactNode;
}

/** A button is a verb. When a rule forbids it, it is dashed, does nothing, and says which rule. */
export function Button({ tone = 'plain', reason, reasonAt = 'bubble', busy = false, ...rest }: ButtonProps) {
  const id = useId();
  const { className = '', type = 'button', onClick, children, ...attributes } = rest;
  const classes = `${TONES[tone]}${busy ? ' busy' : ''} ${className}`.trim();
  if (reason === undefined)
    return (
      <button
        {...attributes}
        type={busy ? 'button' : type}
        className={classes}
        onClick={busy ? undefined : onClick}
        aria-busy={busy || undefined}
      >
        {children}
      </button>
    );
  const button = (
    <button
      {...attributes}
      type="button"
      className={`btn ${className}`.trim()}
      aria-disabled="true"
      aria-describedby={id}
    >
      {children}
    </button>
  );
  if (reasonAt === 'beside')
    return (
      <span className="inline refusal">
        <span className="why" id={id}>
          <Prose text={reason} />
        </span>
        {button}
      </span>
    );
  return (
    <span className="has-tip">
      {button}
      <span className="tip" role="tooltip" id={id}>
        <Prose text={reason} />
      </span>
    </span>
  );
}

interface ButtonLinkProps<T extends string> extends Omit<ComponentProps<'a'>, 'href'> {
  href: Route<T> | URL;
  tone?: ButtonTone;
  reason?: string | undefined;
  reasonAt?: ButtonProps['reasonAt'];
  /** False: what opens stands over or beside the page, which stays where it is. */
  scroll?: boolean;
  children: ReactNode;
}

/** A link drawn as a button: it goes somewhere instead of doing something. */
export function ButtonLink<T extends string>({
  href,
  tone = 'plain',
  reason,
  reasonAt = 'bubble',
  children,
  ...rest
}: ButtonLinkProps<T>) {
  if (reason !== undefined)
    return (
      <Button reason={reason} reasonAt={reasonAt} aria-label={rest['aria-label']}>
        {children}
      </Button>
    );
  return (
    <Link {...rest} href={href} className={TONES[tone]}>
      {children}
    </Link>
  );
}
