import { MissingPage } from '#components/shell/page-states.tsx';

export default function NotFound() {
  return (
    <main>
      <MissingPage />
    </main>
  );
}
