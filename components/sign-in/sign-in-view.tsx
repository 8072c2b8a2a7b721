import { FRAME, nightPath } from '#components/map/projection.ts';
import { Logo } from '#components/shell/logo.tsx';
import { SignInForm, type SignInState } from './sign-in-form.tsx';

interface SignInViewProps {
  /** Time of the render: the map shows the night of this moment. */
  at: string;
  /** The name of the estate, below the heading. */
  estate: string;
  /** OIDC, when configured. */
  provider: { name: string; action: () => Promise<void> } | null;
  initial: SignInState;
  /** Where to go afterwards. */
  next: string;
  signIn: (state: SignInState, form: FormData) => Promise<SignInState>;
}

/** Sign in with a local account, or through the configured provider. */
export function SignInView({ at, estate, provider, initial, next, signIn }: SignInViewProps) {
  return (
    <div className="sign-in">
      <main className="sign-in-form">
        <div className="brand">
          <Logo />
          Meridian
        </div>
        <div>
          <h1>Sign in</h1>
          <p className="soft">{estate}</p>
        </div>
        <SignInForm signIn={signIn} initial={initial} next={next} />
        {provider === null ? null : (
          <>
            <div className="or">or</div>
            <form action={provider.action}>
              <button type="submit" className="btn">
                Continue with {provider.name}
              </button>
            </form>
          </>
        )}
        <p className="small muted">Every sign-in, and every refused one, is written to the audit log.</p>
      </main>
      <div className="sign-in-art" aria-hidden="true">
        <svg
          viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
          preserveAspectRatio="xMidYMid slice"
          aria-hidden="true"
        >
          <use className="grat" href="/world.svg#graticule" />
          <use className="land" href="/world.svg#land" />
          <path className="night" d={nightPath(new Date(at))} />
          <use className="prime" href="/world.svg#prime" />
        </svg>
      </div>
    </div>
  );
}
