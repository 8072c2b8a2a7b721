/** A plan's digest, short beside the approval that is bound to it; whole on hover. */
export function Digest({ digest }: { digest: string }) {
  return (
    <>
      digest{' '}
      <span className="mono" title={digest}>
        {digest.slice(0, 6)}…{digest.slice(-2)}
      </span>
    </>
  );
}
